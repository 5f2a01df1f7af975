// Asks before a page is left with something typed into a form and not saved. Forms with the method GET only ask for
// something, and rows are picked sooner than typed.
{
  const { ask } = document.currentScript.dataset;
  const [touched, saved, sending] = [new Set(), new WeakMap(), new Map()];
  let sent;
  const path = (address) => new URL(address, location.href).pathname;
  const ticked = ({ type }) => type === "checkbox" || type === "radio";
  const now = (field) => (ticked(field) ? String(field.checked) : field.value);
  // What is saved, where a field that is drawn with something else says so.
  const begun = (field) => {
    if ("saved" in field.dataset) return field.dataset.saved;
    if (ticked(field)) return String(field.defaultChecked);
    if (!field.options) return field.defaultValue;
    return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
  };
  const counts = ({ name, type, dataset }) => name && !/^(hidden|submit|button|fieldset)$/.test(type) && !("picks" in dataset);
  const state = (form, of) => JSON.stringify([...form.elements].filter(counts).map(of));
  // What stays in a form that was saved is lost by nobody; nor is what is being sent to another page.
  const dirty = (form) => {
    const is = state(form, now);
    const leaves = sent?.target === form && !sent.defaultPrevented;
    return !leaves && is !== state(form, begun) && is !== saved.get(form);
  };
  const unsaved = () => {
    for (const form of touched) if (!form.isConnected) touched.delete(form);
    return [...touched].filter(dirty);
  };
  // Another filter, order or page of the same path leaves what is typed as it is. A field that is set back then says so.
  const setBack = (field) => "setBack" in field.dataset && now(field) !== begun(field);
  const loses = (to) => {
    const { pathname, search } = new URL(to, location.href);
    if (pathname !== location.pathname) return unsaved().length > 0;
    return search !== location.search && unsaved().some(({ elements }) => [...elements].some(setBack));
  };
  // Before the router is there the browser loads the page, and is asked below.
  const stay = (event, to) => {
    if (document.documentElement.dataset.hydrated !== "true" || !loses(to) || confirm(ask)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("input", ({ target: { form } }) => {
    if (form?.method !== "post") return;
    touched.add(form);
    sent = undefined;
  }, true);
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.hasAttribute("download") || link.getAttribute("target") || /\bexternal\b/.test(link.getAttribute("rel"))) return;
    const to = link.getAttribute("href");
    if (new URL(to, location.href).origin === location.origin) stay(event, to);
  }, true);
  addEventListener("submit", (event) => {
    const { target, submitter } = event;
    sent = event;
    if (target.method === "post") {
      // What is only tried is not saved by that.
      if (!submitter || !("savesNothing" in submitter.dataset))
        sending.set(path(target.getAttribute("action")), [target, state(target, now)]);
    } else if (!submitter?.hasAttribute("formaction")) stay(event, target.getAttribute("action"));
  }, true);
  // A form of the page is saved when its answer says so.
  const { fetch } = window;
  window.fetch = (asked, ...rest) => {
    const answer = fetch(asked, ...rest);
    const to = path(asked.url ?? asked);
    const [form, was] = sending.get(to) ?? [];
    if (form) {
      sending.delete(to);
      const done = ({ ok }) => {
        if (!ok) return;
        saved.set(form, was);
        if (state(form, now) === was) touched.delete(form);
      };
      answer.then(done, () => {});
    }
    return answer;
  };
  addEventListener("beforeunload", (event) => {
    const lost = unsaved().length;
    // It leaves once. Where the answer is a file, what is typed stays here.
    sent = undefined;
    if (!lost) return;
    event.preventDefault();
    // Browsers of some years ago ask for this alone.
    event.returnValue = true;
  });
}
