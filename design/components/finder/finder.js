// Narrows the list of communes while the reader types, with or without accents, by new or former name.
function fold(text) {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/đ/g, "d")
    .replace(/y/g, "i")
    .replace(/[^a-z0-9]+/g, " ")
    .trim();
}

for (const finder of document.querySelectorAll("[data-behaviour=finder]")) {
  const form = finder.querySelector(".finder__form");
  const input = finder.querySelector(".finder__input");
  const status = finder.querySelector(".finder__status");
  const groups = [...finder.querySelectorAll(".finder__group")].map((group) => ({
    group,
    items: [...group.querySelectorAll(".finder__item")].map((item) => ({ item, key: ` ${fold(item.dataset.key)}` })),
  }));

  const narrow = () => {
    const words = fold(input.value);
    let count = 0;
    for (const { group, items } of groups) {
      let here = 0;
      for (const { item, key } of items) {
        item.hidden = !key.includes(` ${words}`);
        here += item.hidden ? 0 : 1;
      }
      group.hidden = words !== "" && here === 0;
      if (words) group.open = here > 0;
      count += here;
    }
    const found = count ? finder.dataset.found.replace("COUNT", count) : finder.dataset.none;
    status.textContent = words ? found : "";
  };

  if (matchMedia("(min-width: 64rem)").matches && groups.length) groups[0].group.open = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const links = [...finder.querySelectorAll(".finder__item:not([hidden]) a")];
    if (input.value && links.length === 1) links[0].click();
  });
  input.addEventListener("input", narrow);
  if (input.value) narrow();
}
