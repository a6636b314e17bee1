/* Starts Wagtail's widgets. Wagtail writes a script beside each; our policy allows none in a page, so our templates
   write <template data-desk-start="…"> there, and this file starts what it names. Only names of this list: otherwise
   markup that somebody smuggled in could call anything. */
(() => {
  "use strict";
  const FUNCTIONS = new Set(["initDateChooser", "initTimeChooser", "initDateTimeChooser"]);
  const PANELS = new Set(["InlinePanel", "MultipleChooserPanel"]);
  const CHOOSERS = new Set(["Chooser", "PageChooser", "ImageChooser", "DocumentChooser", "SnippetChooser"]);

  function start(mark) {
    const name = mark.dataset.deskStart;
    const options = JSON.parse(mark.dataset.options || "{}");
    const found = window[name];
    mark.remove();
    if (typeof found !== "function") return;
    if (FUNCTIONS.has(name)) found(mark.dataset.id, options);
    else if (PANELS.has(name)) new found(options);
    else if (CHOOSERS.has(name)) new found(mark.dataset.id, options);
  }

  function startAll(root) {
    if (root.matches && root.matches("template[data-desk-start]")) start(root);
    else if (root.querySelectorAll) root.querySelectorAll("template[data-desk-start]").forEach(start);
  }

  function begin() {
    startAll(document);
    const watch = new MutationObserver((changes) => {
      for (const change of changes) change.addedNodes.forEach(startAll);
    });
    watch.observe(document.body, { childList: true, subtree: true });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
