// Mounts that last until the PIN screen: by then the event stream is open, the clock ticks, and the focus is observed.

/** Mounts and destroys the widget `times` times in a row, on a page with one approval. */
export async function mountTimes(stage, times) {
  const { page, widget, approvals } = stage;
  if (approvals.length === 0) {
    await page.getByRole("button", { name: "Show my statement" }).click();
    await widget.pinField.waitFor();
  }
  await page.evaluate(
    async ([clientSecret, count]) => {
      const { mount } = await import("/pkg/index.js");
      const place = document.getElementById("approval");
      const askedForPin = (root) =>
        new Promise((settle) => {
          const watching = new MutationObserver(look);
          watching.observe(root, { childList: true, subtree: true });
          look();
          function look() {
            if (!root.querySelector("input")) return;
            watching.disconnect();
            settle();
          }
        });
      for (let done = 0; done < count; done += 1) {
        const handle = mount(place, { clientSecret, baseUrl: "/sca", locale: "en" });
        await handle.ready;
        await askedForPin(place.lastElementChild.shadowRoot);
        await handle.destroy();
      }
    },
    [approvals[0].clientSecret, times],
  );
}
