// Keeps whoever works by keys where they are while a form is answered, and leads them to what is wrong with it.
{
  const WAITS = "aria-disabled";
  let sent;
  // A button that waits for an answer is there, and does nothing. Enter in a field of its form presses it too.
  addEventListener("click", (event) => {
    if (!event.target.closest?.(`button[${WAITS}="true"]`)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  addEventListener("submit", ({ target: form }) => {
    if (form.method === "post") sent = { form, from: document.activeElement };
  }, true);
  const answered = ({ form, from }) => {
    // Whoever has gone on meanwhile stays there.
    const here = document.activeElement;
    if (here === from || here === document.body) form.querySelector('[aria-invalid="true"]')?.focus();
  };
  // It is answered when a button of it waits no more; the fields say what is wrong at the same time, or right after.
  new MutationObserver((changes) => {
    if (!sent || !changes.some(({ target }) => target.form === sent.form && !target.hasAttribute(WAITS))) return;
    setTimeout(answered, 0, sent);
    sent = undefined;
  }).observe(document, { subtree: true, attributeFilter: [WAITS] });
}
