// Shows the tools that need script: printing, and copying the page's address.
for (const tools of document.querySelectorAll("[data-behaviour=page-tools]")) {
  const actions = {
    print: () => window.print(),
    copy: async (button) => {
      await navigator.clipboard.writeText(tools.dataset.address);
      button.querySelector("[data-words]").textContent = button.dataset.done;
    },
  };
  const possible = { print: true, copy: Boolean(navigator.clipboard) };
  for (const button of tools.querySelectorAll("[data-tool]")) {
    button.closest("li").hidden = !possible[button.dataset.tool];
    button.addEventListener("click", () => actions[button.dataset.tool](button));
  }
}
