// Names in capitals that examples put where a user's own belongs: `REPO_NAME`, `/PATH/TO/TAR`, `YOUR_DOCKER_REPO`.

const word = /^[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*$/;

/** True when a part of the text, between `/`, `.` and `:`, is such a name. */
export const hasPlaceholder = (text: string): boolean =>
  text.split(/[/.:]/).some((part) => part.length > 2 && word.test(part));
