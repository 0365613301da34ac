/** The results of `work`, done `count` times, some at the same time. */
export async function several(count, atOnce, work) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const place = next;
      next += 1;
      results[place] = await work(place);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
