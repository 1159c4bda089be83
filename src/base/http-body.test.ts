import { expect, it } from 'vitest';
import { attachBody, bodyOf, discardBody, readAtMost, requestWith, responseWith } from './http-body.ts';

const chunks = async function* (...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
};

it('hands the source over as it is, and shows the same bytes to who only knows fetch', async () => {
  const source = chunks('ab', 'cd');
  expect(bodyOf(requestWith('http://a.test/', { method: 'PUT' }, source))).toBe(source);
  expect(await requestWith('http://a.test/', { method: 'PUT' }, chunks('ab', 'cd')).text()).toBe('abcd');
  expect(await responseWith({ status: 201 }, chunks('ab', 'cd')).text()).toBe('abcd');
  expect((await readAtMost(bodyOf(new Response('plain')), 100)).bytes.toString()).toBe('plain');
  expect((await readAtMost(bodyOf(new Response(null)), 100)).bytes.length).toBe(0);
});

it('reads nothing before it is asked, and no more than it may', async () => {
  let pulled = 0;
  const endless = (async function* () {
    for (;;) {
      pulled += 1;
      yield Buffer.alloc(10);
    }
  })();
  const response = responseWith({}, endless);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(pulled).toBe(0);
  const { bytes, truncated } = await readAtMost(bodyOf(response), 25);
  expect([bytes.length, truncated, pulled]).toEqual([25, true, 3]);
});

it('ends a body that nobody reads', async () => {
  let ended = false;
  const response = responseWith({}, chunks('a'), async () => {
    ended = true;
  });
  await discardBody(response);
  expect(ended).toBe(true);
  const request = new Request('http://a.test/', { method: 'PUT' });
  attachBody(request, chunks('a'));
  await expect(discardBody(request)).resolves.toBeUndefined();
});
