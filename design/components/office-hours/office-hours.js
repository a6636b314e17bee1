// Says whether the office is open at this minute, in Vietnam's time wherever the reader is. Same data as the table.
const DAY = 24 * 60;

function minutes(text) {
  const [hours, rest] = text.split(":").map(Number);
  return hours * 60 + rest;
}

function inVietnam(now) {
  const there = new Date(now.getTime() + 7 * 3600 * 1000); // Vietnam keeps UTC+7 all year
  return { day: there.getUTCDay() || 7, minute: there.getUTCHours() * 60 + there.getUTCMinutes() };
}

function spans(hours, from) {
  const all = [];
  for (let ahead = 0; ahead <= 7; ahead += 1) {
    const day = ((from + ahead - 1) % 7) + 1;
    for (const [weekday, opens, closes] of hours) {
      if (Number(weekday) === day) {
        all.push({ day, ahead, opens, closes, start: ahead * DAY + minutes(opens), end: ahead * DAY + minutes(closes) });
      }
    }
  }
  return all.sort((one, other) => one.start - other.start);
}

function state(hours, now) {
  const { day, minute } = inVietnam(now);
  const next = spans(hours, day).find((span) => span.end > minute);
  return next && { open: next.start <= minute, ...next };
}

for (const box of document.querySelectorAll("[data-behaviour=office-hours]")) {
  const hours = JSON.parse(box.dataset.hours);
  const days = JSON.parse(box.dataset.days);
  const line = box.querySelector(".office-hours__now");
  const clock = (text) => text.replace(":", `\u00a0${box.dataset.hourWord}\u00a0`);
  const show = () => {
    const found = state(hours, new Date());
    line.hidden = !found;
    if (!found) return;
    line.dataset.state = found.open ? "open" : "closed";
    const day = found.ahead ? days[found.day - 1].replace(/^T/, "t") : box.dataset.today;
    const words = found.open ? box.dataset.open : box.dataset.closed;
    line.textContent = words.replace("TIME", clock(found.open ? found.closes : found.opens)).replace("DAY", day);
  };
  show();
  setInterval(show, 30000);
}
