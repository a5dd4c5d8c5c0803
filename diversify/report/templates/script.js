"use strict";
(async () => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];

  async function unpack(id) {
    const letters = atob(byId(id).textContent.trim());
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  if (typeof DecompressionStream === "undefined") {
    byId("old-browser").hidden = false;
    return;
  }

  const { pool, data } = JSON.parse(await unpack("content"));

  // Colours: names of the palette become colours of the theme that is shown.
  const channels = (c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16));
  const variable = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
  function colour(text) {
    if (text.startsWith("var(--")) return variable(text.slice(6, -1));
    if (text.startsWith("fade(")) {
      return `rgba(${channels(colour(text.slice(5, -1))).join(",")},0.45)`;
    }
    const share = Number(text.slice(6, -1));
    const [low, high] = share < 0.5 ? ["s0", "s1"] : ["s1", "s2"];
    const part = share < 0.5 ? 2 * share : 2 * share - 1;
    const ends = [channels(variable(low)), channels(variable(high))];
    return `rgb(${ends[0].map((a, i) => Math.round(a + part * (ends[1][i] - a))).join(",")})`;
  }
  function settled(value) {
    if (typeof value === "string") {
      return /^(var\(--|fade\(|scale\()/.test(value) ? colour(value) : value;
    }
    if (Array.isArray(value)) return value.map(settled);
    if (value && typeof value === "object") {
      if ("$" in value) return settled(pool[value.$]);
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, settled(v)]));
    }
    return value;
  }

  // Choices: the materials and periods of the whole page, and those of single figures.
  const chosen = {};
  for (const [name, values] of Object.entries(data.choices)) chosen[name] = values[0];
  const WHOLE = data.choices.period[0];

  function found(section, local) {
    const pick = (dim) => (dim in local ? local[dim] : chosen[dim]);
    const key = section.dims.map(pick).join("\t");
    if (section.views[key]) return [section.views[key], ""];
    const whole = section.dims.map((d) => (d === "period" ? WHOLE : pick(d))).join("\t");
    if (section.views[whole]) return [section.views[whole], "Shown for the whole horizon."];
    return [null, "There is no trade for this choice."];
  }

  // A stage that the material does not leave cannot be chosen.
  function offer(figure, section) {
    const select = figure.querySelector('select[name="stage"]');
    if (!select) return;
    const known = new Set();
    for (const key of Object.keys(section.views)) {
      const parts = key.split("\t");
      if (parts[section.dims.indexOf("material")] === chosen.material) {
        known.add(parts[section.dims.indexOf("stage")]);
      }
    }
    for (const option of select.options) option.disabled = !known.has(option.value);
    if (!known.has(select.value) && known.size) {
      select.value = [...select.options].find((option) => !option.disabled).value;
    }
  }

  function table(view) {
    const grid = document.createElement("table");
    const head = grid.createTHead().insertRow();
    for (const name of view.columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      head.append(cell);
    }
    const body = grid.createTBody();
    for (const row of view.rows) {
      const line = body.insertRow();
      for (const value of row) {
        const cell = line.insertCell();
        const number = typeof value === "number";
        cell.textContent = number ? String(Number(value.toPrecision(5))) : value === null ? "" : value;
        if (number) cell.className = "number";
      }
    }
    return grid;
  }

  const figures = all("figure[data-section]");
  const narrow = () => (window.innerWidth < 600 ? 11 : 13);

  function draw(figure, width) {
    const section = data.plans[Number(figure.dataset.plan)][figure.dataset.section];
    offer(figure, section);
    const local = {};
    for (const select of figure.querySelectorAll("select")) local[select.name] = select.value;
    const [view, note] = found(section, local);
    const place = figure.querySelector(".drawing");
    figure.querySelector(".note").textContent = note;
    const words = view ? view.words : note;
    figure.querySelector("figcaption").textContent = words;
    place.setAttribute("aria-label", words);
    const numbers = figure.querySelector(".numbers");
    numbers.replaceChildren();
    figure.querySelector("details").hidden = !(view && view.rows.length);
    if (!view || !view.data.length) {
      Plotly.purge(place);
      place.replaceChildren();
      place.hidden = true;
      return;
    }
    place.hidden = false;
    numbers.append(table(view));
    const layout = settled(view.layout);
    layout.paper_bgcolor = "rgba(0,0,0,0)";
    layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font.size = narrow();
    const room = width || place.clientWidth;
    layout.width = room;
    layout.autosize = false;
    if (figure.dataset.section === "map") {
      // As high as the world is at this width, and room for the scale below.
      layout.height = Math.min(560, Math.round(room * 0.42)) + 62;
    }
    // A flow diagram would glide to its new shape, and be caught halfway by a print.
    if (figure.dataset.section === "flows") Plotly.purge(place);
    Plotly.react(place, settled(view.data), layout, { displayModeBar: false, responsive: false });
    place.dataset.drawn = "yes";
  }

  const pause = () => new Promise((done) => setTimeout(done, 0));
  async function drawAll(width) {
    for (const figure of figures) {
      draw(figure, width);
      if (!width) await pause();
    }
  }

  const script = document.createElement("script");
  script.textContent = await unpack("library");
  document.head.append(script);

  for (const select of all("select[data-global]")) {
    select.addEventListener("change", () => {
      chosen[select.name] = select.value;
      // A risk figure follows the material, where there is one for it.
      if (select.name === "material") {
        for (const subject of all('select[name="subject"]')) {
          if ([...subject.options].some((o) => o.value === select.value)) subject.value = select.value;
        }
      }
      drawAll();
    });
  }
  for (const figure of figures) {
    for (const select of figure.querySelectorAll("select")) {
      select.addEventListener("change", () => draw(figure));
    }
  }

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const shown = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch (e) { /* not kept */ }
    drawAll();
  });
  dark.addEventListener("change", () => drawAll());
  byId("print").addEventListener("click", () => window.print());

  let before = null;
  window.addEventListener("beforeprint", () => {
    before = root.dataset.theme || null;
    root.dataset.theme = "light";
    const columns = Math.min(data.plans.length, 2);
    drawAll(columns === 2 ? 330 : 680);
  });
  window.addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    drawAll();
  });

  let width = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => drawAll(), 150);
  });

  for (const button of all("button[data-table]")) {
    button.addEventListener("click", () => {
      const [group, name] = button.dataset.table.split("/");
      const text = data.tables[Number(group)].find((pair) => pair[0] === name)[1];
      const whole = typeof text === "string" ? text : pool[text.$];
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([whole], { type: "text/csv;charset=utf-8" }));
      const plan = data.plans.length > 1 && Number(group) < 2 ? `_${"AB"[Number(group)]}` : "";
      link.download = `${data.file}${plan}_${name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }

  await drawAll();
  root.dataset.ready = "yes";
})();
