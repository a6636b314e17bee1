// Fills «latest news» from the site's one small file; without it, the block stays away.
for (const block of document.querySelectorAll("[data-behaviour=latest]")) {
  const list = block.querySelector(".latest__list");
  fetch(block.dataset.source)
    .then((answer) => (answer.ok ? answer.json() : { entries: [] }))
    .then(({ entries }) => {
      const others = entries.filter((entry) => entry.url !== location.pathname).slice(0, 5);
      for (const entry of others) {
        const link = document.createElement("a");
        link.className = "latest__link";
        link.href = entry.url;
        link.textContent = entry.title;
        const row = document.createElement("li");
        row.append(link);
        list.append(row);
      }
      block.hidden = others.length === 0;
    })
    .catch(() => {});
}
