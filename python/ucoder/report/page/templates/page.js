"use strict";
(() => {
  const cases = [...document.querySelectorAll(".case")];
  const [search, status, round, count] = ["case-search", "case-status", "case-round", "case-count"].map((id) =>
    document.getElementById(id),
  );
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details.case")) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  if (search) {
    const texts = cases.map((one) => one.textContent.toLowerCase());
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      cases.forEach((one, index) => {
        const fits =
          (!status.value || one.dataset.status === status.value) &&
          (!round.value || one.dataset.round === round.value) &&
          words.every((word) => texts[index].includes(word));
        one.hidden = !fits;
        shown += fits;
      });
      count.textContent = `${shown} shown`;
    };
    for (const control of [search, status, round]) {
      control.addEventListener("input", filter);
      control.addEventListener("change", filter);
    }
    filter(); // a browser may have kept what was chosen before
  }
  addEventListener("hashchange", open);
  open();
})();
