// What all sites say together, kept new while the page is open.
const holds = (part, now) =>
  now < Date.parse(part.valid_until || part.until) && !(now < Date.parse(part.valid_from || part.from));

// Each [kind, title, text, link]; emergencies interrupt.
function entries({ banners = [], live, mourning, festive, downtime }, now) {
  const all = banners.filter((one) => holds(one, now)).map((one) => [one.level, one.title, one.text, one.link]);
  const alerts = all.filter(([kind]) => kind === "emergency");
  const news = all.filter((one) => !alerts.includes(one));
  const grey = Boolean(mourning && holds(mourning, now));
  if (live && holds(live, now)) news.unshift([live.state, live.title, "", live.link]);
  if (downtime && now < Date.parse(downtime.until)) news.push(["downtime", downtime.text]);
  if (festive && !grey && holds(festive, now)) news.push([`festive ${festive.motif}`, festive.text]);
  return { grey, alerts, news };
}

for (const strip of document.querySelectorAll("[data-behaviour=network-strip]")) {
  const words = JSON.parse(strip.dataset.words);
  const base = "network-strip__";
  const make = (tag, name, textContent, more) =>
    textContent && Object.assign(document.createElement(tag), { className: base + name, textContent, ...more });
  const entry = ([kind, title, text, href]) => {
    const row = make("p", ["entry", ...kind.split(" ")].join(` ${base}entry--`), " ");
    const parts = [
      make("strong", "kind", words[kind]),
      make("span", "title", title),
      make("span", "text", text),
      href && make("a", "link", words[kind + "-link"] || words.link, { href }),
    ];
    parts.forEach((part) => part && row.append(part, " "));
    return row;
  };
  const said = (rows) => rows.map((row) => row.textContent.trim()).join();
  const say = (part, rows, loud) => {
    const text = said(rows);
    if (text === said([...part.children])) return;
    part.setAttribute("aria-live", heard[loud] === text ? "off" : loud);
    heard[loud] = text;
    part.replaceChildren(...rows);
  };
  let state, timer;
  let ahead = 0; // the server's clock
  let heard = {};
  try {
    heard = sessionStorage;
  } catch {}
  const turn = async () => {
    try {
      const answer = await fetch("/_/network.json", { cache: "no-cache" });
      state = (await answer.json()).signed.targets["state/network.json"].custom;
      ahead = Date.parse(answer.headers.get("date")) - Date.now() || 0;
    } catch {}
    const now = Date.now() + ahead;
    if (state) {
      const { grey, alerts, news } = entries(state, now);
      document.documentElement.classList.toggle("mourning", grey);
      say(strip.children[0], alerts.map(entry), "assertive");
      say(strip.children[1], news.map(entry), "polite");
    }
    clearTimeout(timer);
    const live = state?.live?.state === "live" && holds(state.live, now);
    if (!document.hidden) timer = setTimeout(turn, live ? 5000 : 30000);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : turn()));
  turn();
}
