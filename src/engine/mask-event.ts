// Which texts of an event come from outside and are masked. Names of operations, codes and states are ours and stay.
import type { EventBody, FailureReport, ImageResult } from '../journal/event.ts';
import type { Mask } from './mask.ts';

/** Every line of a text by itself, so that pieces at its edges are seen. */
const maskLines = (text: string, mask: Mask): string =>
  text.includes('\n') ? mask.text(text).split('\n').map(mask.text).join('\n') : mask.text(text);

const maskFailure = (failure: FailureReport, mask: Mask): FailureReport => ({
  ...failure,
  message: maskLines(failure.message, mask),
  ...(failure.hint === undefined ? {} : { hint: maskLines(failure.hint, mask) }),
  facts: Object.fromEntries(
    Object.entries(failure.facts).map(([name, fact]) => [
      name,
      typeof fact === 'string' ? maskLines(fact, mask) : fact,
    ]),
  ),
  causes: failure.causes.map((cause) => maskLines(cause, mask)),
});

/** Digests and sizes are facts about content, never secrets. */
const maskImage = (image: ImageResult, mask: Mask): ImageResult => ({
  ...image,
  tags: image.tags.map(mask.text),
  ...(image.tar === undefined ? {} : { tar: mask.text(image.tar) }),
  destinations: image.destinations.map((destination) => ({
    ...destination,
    reference: mask.text(destination.reference),
    ...(destination.message === undefined ? {} : { message: maskLines(destination.message, mask) }),
  })),
});

export const maskEvent = (body: EventBody, mask: Mask): EventBody => {
  switch (body.type) {
    case 'log':
      return { ...body, line: mask.text(body.line) };
    case 'note':
      return { ...body, message: maskLines(body.message, mask) };
    case 'progress': {
      const { label, reason } = body.progress;
      const why = reason === undefined ? {} : { reason: mask.text(reason) };
      return { ...body, progress: { ...body.progress, label: mask.text(label), ...why } };
    }
    case 'operation-retrying':
      return { ...body, failure: maskFailure(body.failure, mask) };
    case 'operation-finished':
      return {
        ...body,
        outputs: Object.fromEntries(
          Object.entries(body.outputs).map(([name, value]) => [name, maskLines(value, mask)]),
        ),
        images: body.images.map((image) => maskImage(image, mask)),
        ...(body.failure === undefined ? {} : { failure: maskFailure(body.failure, mask) }),
        ...(body.reason === undefined ? {} : { reason: maskLines(body.reason, mask) }),
      };
    case 'run-started':
    case 'operation-started':
    case 'operation-ready':
    case 'run-finished':
      return body;
    default:
      return body satisfies never;
  }
};
