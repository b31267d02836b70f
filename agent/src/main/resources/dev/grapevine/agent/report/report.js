// Draws what the page's data says. Nothing here is fetched from anywhere.
(() => {
  const drawings = JSON.parse(document.getElementById("data").textContent);
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = () => ["--a", "--b", "--c", "--dim"].map(style);
  const number = v => v == null ? "–" : Math.abs(v) >= 1000 ? Math.round(v).toLocaleString("en")
    : Math.abs(v) >= 10 || v === Math.round(v) ? +v.toFixed(1) + "" : +v.toPrecision(3) + "";

  function chart(place, drawing) {
    const shades = colours();
    const axis = { stroke: style("--dim"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), width: 1 } };
    const bars = drawing.kind === "bars";
    const x = drawing.x;
    const whole = x.every(Number.isInteger);
    const step = x.length > 1 ? x[1] - x[0] : 1;
    const options = {
      width: place.clientWidth, height: 300,
      scales: { x: { time: false, range: (u, least, most) => bars ? [x[0] - step, x[x.length - 1] + step] : least === most ? [least - 1, most + 1] : [least, most] },
                y: { range: (u, least, most) => [Math.min(0, least), most > 0 ? most * 1.06 : 1] } },
      axes: [{ ...axis, label: drawing.xName, labelSize: 22, incrs: whole ? [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap(p => [1, 2, 5].map(f => f * 10 ** p)) : undefined, values: (u, ticks) => ticks.map(number) },
             { ...axis, size: 70, values: (u, ticks) => ticks.map(number) }],
      cursor: { drag: { x: true, y: false } },
      legend: { live: true },
      series: [{ label: drawing.xName, value: (u, v) => number(v) }].concat(drawing.series.map((line, i) => ({
        label: line.name, stroke: shades[i % shades.length], width: 2, dash: line.dashed ? [7, 5] : undefined,
        fill: bars ? shades[0] + "99" : undefined, value: (u, v) => number(v),
        paths: bars ? uPlot.paths.bars({ size: [0.85, 60] }) : undefined, points: { show: !bars && x.length < 30 } })))
    };
    const plot = new uPlot(options, [x, ...drawing.series.map(line => line.values)], place);
    addEventListener("resize", () => plot.setSize({ width: place.clientWidth, height: 300 }));
  }

  // A radial tree: the source in the middle, each ring one hop further, each child in its parent's sector.
  function layout(drawing) {
    const count = drawing.node.length;
    const index = new Map(drawing.node.map((node, i) => [node, i]));
    const children = Array.from({ length: count }, () => []);
    const roots = [];
    const depth = new Array(count).fill(0);
    drawing.parent.forEach((parent, i) => {
      const p = index.get(parent);
      // A teller that heard later cannot have been the source of it: such a node stands for itself.
      if (parent < 0 || p === undefined || p >= i) roots.push(i);
      else { children[p].push(i); depth[i] = depth[p] + 1; }
    });
    const weight = new Array(count).fill(0); // leaves below
    for (let i = count - 1; i >= 0; i--) {
      for (const child of children[i]) weight[i] += weight[child];
      weight[i] = Math.max(1, weight[i]);
    }
    const angle = new Array(count).fill(0);
    const several = roots.length > 1;
    const place = (list, from, to) => {
      const span = to - from;
      let sum = 0;
      for (const i of list) sum += weight[i];
      for (const i of list) {
        const end = from + span * weight[i] / sum;
        angle[i] = (from + end) / 2;
        place(children[i], from, end);
        from = end;
      }
    };
    place(roots, 0, 2 * Math.PI);
    const ring = depth.map(d => several ? d + 1 : d);
    return { index, children, roots, ring, angle, rings: Math.max(1, ...ring) };
  }

  function spread(place, drawing) {
    const tree = layout(drawing);
    const count = drawing.node.length;
    const first = drawing.at[0] ?? 0, last = drawing.at[count - 1] ?? 1;
    const size = Math.min(place.clientWidth, 640);
    const canvas = document.createElement("canvas");
    canvas.className = "tree";
    const scale = devicePixelRatio || 1;
    canvas.width = canvas.height = size * scale;
    canvas.style.width = canvas.style.height = size + "px";
    const pen = canvas.getContext("2d");
    const radius = size / 2 - 14;
    const dot = Math.max(1.5, Math.min(5, 150 / Math.sqrt(count) / 2));
    const spot = i => {
      const r = radius * tree.ring[i] / tree.rings;
      return [size / 2 + r * Math.sin(tree.angle[i]), size / 2 - r * Math.cos(tree.angle[i])];
    };
    const row = document.createElement("div");
    row.className = "scrub";
    row.innerHTML = '<button type="button">Play</button><input type="range" min="0" max="1000" value="1000" aria-label="time"><output></output>';
    const [button, slider, said] = row.children;
    function draw() {
      const now = first + (last - first) * slider.value / 1000;
      let told = 0;
      while (told < count && drawing.at[told] <= now + 1e-9) told++;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, size, size);
      pen.strokeStyle = style("--line");
      pen.lineWidth = 1;
      for (let r = 1; r <= tree.rings; r++) {
        pen.beginPath();
        pen.arc(size / 2, size / 2, radius * r / tree.rings, 0, 2 * Math.PI);
        pen.stroke();
      }
      pen.globalAlpha = count > 500 ? 0.35 : 0.7;
      pen.strokeStyle = style("--a");
      for (let i = 0; i < told; i++) for (const child of tree.children[i]) {
        if (child >= told) continue;
        pen.beginPath();
        pen.moveTo(...spot(i));
        pen.lineTo(...spot(child));
        pen.stroke();
      }
      pen.globalAlpha = 1;
      for (let i = 0; i < count; i++) {
        const [x, y] = spot(i);
        const fresh = i < told && now - drawing.at[i] < (last - first) / 25;
        pen.fillStyle = i >= told ? style("--line") : fresh ? style("--b") : style("--a");
        pen.beginPath();
        pen.arc(x, y, i < told ? dot : dot * 0.8, 0, 2 * Math.PI);
        pen.fill();
      }
      said.textContent = `${number(now)} ${drawing.unit}: ${told.toLocaleString("en")} of ${drawing.nodes.toLocaleString("en")} know`;
    }
    let playing = 0;
    function frame(before) {
      const stamp = performance.now();
      slider.value = Math.min(1000, +slider.value + (stamp - before) / 6);
      draw();
      if (+slider.value >= 1000) stop();
      else playing = requestAnimationFrame(() => frame(stamp));
    }
    function stop() {
      cancelAnimationFrame(playing);
      playing = 0;
      button.textContent = "Play";
    }
    button.onclick = () => {
      if (playing) return stop();
      if (+slider.value >= 1000) slider.value = 0;
      button.textContent = "Pause";
      frame(performance.now());
    };
    slider.oninput = () => { stop(); draw(); };
    place.append(row, canvas);
    draw();
  }

  document.querySelectorAll(".drawing").forEach(place => {
    const drawing = drawings[+place.dataset.number];
    if (drawing.kind === "spread") spread(place, drawing);
    else chart(place, drawing);
  });
  document.documentElement.dataset.drawn = document.querySelectorAll(".drawing canvas").length;
})();
