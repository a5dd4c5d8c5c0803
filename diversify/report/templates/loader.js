"use strict";
// Before anything is drawn, so that the page never flashes in the wrong colours.
(() => {
  let wanted = null;
  try { wanted = localStorage.getItem("theme"); } catch (e) { /* a file may have no storage */ }
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
})();
