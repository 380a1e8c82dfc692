/* Makes every quiz on the page answerable. It invents no text about a subject: all feedback is in the folded answers. */
(() => {
"use strict";

const make = (tag, text = "", props = {}) => Object.assign(document.createElement(tag), { textContent: text }, props);
const all = (node, selector) => [...node.querySelectorAll(selector)];

// A paragraph of feedback: sign, word, and what the folded answer says.
const said = (right, word, source) => {
  const line = make("p", "", { className: right ? "gq-right" : "gq-wrong" });
  line.append(make("b", `${right ? "✓" : "✗"} ${word}`), " ");
  if (source) line.append(...source.querySelector("span").cloneNode(true).childNodes);
  return line;
};

// Every way to read what was typed. A comma may mark decimals or group thousands: both readings count.
const readings = (typed, unit) => {
  let text = typed.trim().replace(/[−–]/g, "-");
  if (unit && text.toLowerCase().endsWith(unit.toLowerCase())) text = text.slice(0, -unit.length);
  const percent = /%$/.test(text.trim());
  text = text.trim().replace(/%$/, "").replace(/[\s_']/g, "");
  const value = (part) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part) ? Number(part) : NaN);
  const one = (part) => {
    const [above, below, ...more] = part.split("/");
    return more.length ? NaN : below === undefined ? value(above) : value(above) / value(below);
  };
  const grouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(text) ? [text.replaceAll(",", "")] : [];
  const decimal = /^[^,]*,[^,.]*$/.test(text) ? [text.replace(",", ".")] : [];
  return (text.includes(",") ? [...decimal, ...grouped] : [text])
    .map((part) => one(part) / (percent ? 100 : 1))
    .filter(Number.isFinite);
};

// For each kind: what is given now, how to put it back, and the verdict { right, lines } or a request { ask }.
const kinds = {
  one: (item, answer) => ({
    given: () => all(item, "input").findIndex((input) => input.checked),
    put: (given) => all(item, "input").forEach((input, n) => (input.checked = n === given)),
    empty: -1,
    judge: (given) => {
      if (given < 0) return { ask: "Choose an option first." };
      const line = all(answer, "li")[given];
      const right = line.dataset.right === "1";
      return { right, lines: [said(right, right ? "Right." : "Not right.", line)] };
    },
  }),
  several: (item, answer) => ({
    given: () => all(item, "input").flatMap((input, n) => (input.checked ? [n] : [])),
    put: (given) => all(item, "input").forEach((input, n) => (input.checked = given.includes(n))),
    empty: [],
    judge: (given) => {
      if (!given.length) return { ask: "Tick the options that are right first." };
      const lines = all(answer, "li");
      const good = (line) => line.dataset.right === "1";
      const missing = lines.filter((line, n) => good(line) && !given.includes(n)).length;
      const right = !missing && given.every((n) => good(lines[n]));
      const told = given.map((n) => said(good(lines[n]), `${String.fromCharCode(97 + n)}. ${good(lines[n]) ? "Right" : "Not right"}.`, lines[n]));
      if (missing) told.push(said(false, `${missing} right option${missing > 1 ? "s are" : " is"} not ticked yet.`));
      return { right, lines: [said(right, right ? "All right." : "Not right yet."), ...told] };
    },
  }),
  number: (item, answer) => {
    const input = item.querySelector("input");
    const near = (source, values, tolerance) => values.some((value) => Math.abs(value - source.dataset.value) <= tolerance * (1 + 1e-9));
    return {
      given: () => input.value,
      put: (given) => (input.value = given),
      empty: "",
      judge: (given) => {
        const values = readings(given, input.dataset.unit);
        if (!values.length) return { ask: "Type a number first, such as 0.25, 1/4, -3 or 2,5." };
        const key = answer.querySelector("[data-tolerance]");
        const tolerance = Number(key.dataset.tolerance);
        if (near(key, values, tolerance)) return { right: true, lines: [said(true, "Right.", key)] };
        const known = all(answer, "li").find((line) => near(line, values, tolerance));
        return { right: false, lines: [said(false, "Not right:", known || answer.querySelector("[data-otherwise]"))] };
      },
    };
  },
  order: (item, answer, live) => {
    const list = item.querySelector(".gq-lines");
    const offered = [...list.children];
    const move = (line, by, button) => {
      const place = [...list.children].indexOf(line);
      const other = list.children[place + by];
      if (other) by < 0 ? other.before(line) : other.after(line);
      button.focus();
      live(`Now line ${(other ? place + by : place) + 1} of ${offered.length}: ${line.querySelector("span").textContent}`, other);
    };
    for (const line of offered) {
      for (const [by, sign, word] of [[1, "↓", "Move down"], [-1, "↑", "Move up"]]) {
        const button = make("button", sign, { type: "button" });
        button.setAttribute("aria-label", `${word}: ${line.querySelector("span").textContent}`);
        button.addEventListener("click", () => move(line, by, button));
        line.prepend(button);
      }
    }
    return {
      given: () => [...list.children].map((line) => Number(line.dataset.line)),
      put: (given) => list.append(...(given.length === offered.length ? given.map((n) => offered.find((line) => Number(line.dataset.line) === n)) : offered)),
      empty: [],
      judge: (given) => {
        const broken = all(answer, "[data-first]").filter(({ dataset }) => given.indexOf(Number(dataset.first)) > given.indexOf(Number(dataset.then)));
        if (!broken.length) return { right: true, lines: [said(true, "Right.", answer.querySelector("[data-otherwise]"))] };
        return { right: false, lines: [said(false, "Not in order yet.", broken[0])] };
      },
    };
  },
};

// Answers are kept in this browser, where it allows that.
const memory = (key, version) => {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return kept && kept.version === version && kept.items ? kept.items : {};
  } catch {
    return {};
  }
};
const keep = (key, content) => {
  try {
    content ? localStorage.setItem(key, JSON.stringify(content)) : localStorage.removeItem(key);
  } catch {
    // Not kept: the quiz works without.
  }
};

const enhance = (root) => {
  root.dataset.ready = "1";
  const copy = document.querySelectorAll(".ganlab-quiz[data-ready]").length;
  const key = `ganlab-quiz-${root.dataset.quiz}`;
  const { version } = root.dataset;
  const state = memory(key, version);
  const nodes = all(root, ".gq-item");
  const score = make("p");
  const results = {};
  const tell = () => {
    const right = Object.values(results).filter(Boolean).length;
    score.textContent = `${right} of ${nodes.length} right`;
    keep(key, Object.keys(state).length ? { version, items: state } : null);
  };
  const restart = [];
  for (const node of nodes) {
    const id = node.dataset.item;
    const answer = node.querySelector("details");
    const box = make("div", "", { className: "gq-said" });
    const check = make("button", "Check", { type: "button" });
    const again = make("button", "Try again", { type: "button" });
    // Two copies of a quiz on one page must not share their radio buttons.
    all(node, "input[name]").forEach((input) => (input.name += `-${copy}`));
    const live = (text, moved) => {
      if (moved) changed();
      box.replaceChildren(make("p", text));
    };
    const kind = kinds[node.dataset.kind](node.querySelector("fieldset"), answer, live);
    const number = node.querySelector("legend b").textContent.replace(".", "");
    check.setAttribute("aria-label", `Check question ${number}`);
    again.setAttribute("aria-label", `Try question ${number} again`);
    const forget = () => {
      results[id] = false;
      box.replaceChildren();
      again.hidden = answer.hidden = true;
      answer.open = false;
    };
    const changed = () => {
      forget();
      state[id] = { given: kind.given() };
      tell();
    };
    const judge = () => {
      const given = kind.given();
      const verdict = kind.judge(given);
      if (verdict.ask) {
        box.replaceChildren(make("p", verdict.ask));
        return;
      }
      results[id] = verdict.right;
      box.replaceChildren(...verdict.lines);
      again.hidden = answer.hidden = false;
      state[id] = { given, checked: true };
      tell();
    };
    const clear = () => {
      kind.put(kind.empty);
      forget();
      delete state[id];
    };
    restart.push(clear);
    check.addEventListener("click", judge);
    again.addEventListener("click", () => {
      clear();
      tell();
      (node.querySelector("input") || node.querySelector("button")).focus();
    });
    for (const input of all(node, "input")) {
      input.addEventListener("input", changed);
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        judge();
      });
    }
    const buttons = make("p");
    buttons.append(check, again);
    node.querySelector("fieldset").after(buttons, box);
    forget();
    if (state[id]) {
      try {
        kind.put(state[id].given);
        if (state[id].checked) judge();
      } catch {
        clear();
      }
    }
    box.setAttribute("role", "status");
  }
  const again = make("button", "Start again", { type: "button" });
  again.addEventListener("click", () => {
    restart.forEach((clear) => clear());
    tell();
    root.querySelector("input, button").focus();
  });
  const foot = make("div", "", { className: "gq-score" });
  foot.append(score, again, make("small", "Nothing is sent anywhere; your answers stay in this browser."));
  root.append(foot);
  tell();
  score.setAttribute("role", "status");
  // JupyterLab and the classic notebook would take keys for commands: arrows would leave the radio buttons.
  all(root, "input, button, summary").forEach((control) => (control.dataset.lmSuppressShortcuts = "true"));
  window.Jupyter?.keyboard_manager?.register_events?.(root);
};

document.querySelectorAll(".ganlab-quiz:not([data-ready])").forEach(enhance);
})();
