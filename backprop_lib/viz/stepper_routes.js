// Geometry: the way of an edge through the columns, and a free place for its label.

// An edge bends only in the channels between columns; inside a column it runs along its row.
export function edgePath(edge, boxes, layout) {
  const from = boxes[edge.from];
  const to = boxes[edge.to];
  const start = [from.x + reach(from, edge.out) + from.pile + 2, from.y + edge.out];
  const end = [to.x - reach(to, edge.into) - 2, to.y + edge.into];
  const column = layout.column[edge.from];
  let [x, y] = [layout.columns[column][1], start[1]];
  let d = `M${start[0]},${y}H${x}`;
  const bends = [];
  const bend = (nextX, nextY) => {
    const middle = (x + nextX) / 2;
    d += `C${middle},${y} ${middle},${nextY} ${nextX},${nextY}`;
    bends.push([x, y, nextX, nextY]);
  };
  edge.rows.forEach((row, i) => {
    const [left, right] = layout.columns[column + 1 + i];
    bend(left, row);
    d += `H${right}`;
    [x, y] = [right, row];
  });
  bend(layout.columns[layout.column[edge.to]][0], end[1]);
  return { d: `${d}H${end[0]}`, start, end, bends };
}

function reach(box, offset) {
  return box.round ? Math.sqrt(Math.max(0, box.half ** 2 - offset ** 2)) : box.half;
}

// The point nearest to the middle of the edge where a label covers no node: tried along all bends,
// on the line and beside it. The last resort is the middle of the widest bend.
export function labelPlace(drawing, edge, width, height) {
  const spots = [];
  edge.bends.forEach((bend, b) => {
    const remote = Math.abs(b - (edge.bends.length - 1) / 2);
    for (const t of [0.5, 0.42, 0.58, 0.34, 0.66, 0.25, 0.75]) {
      for (const lift of [0, -16, 16, -30, 30, -44, 44]) {
        const [x, y] = onBend(bend, t);
        const covers = lift === 0 && width > 0.55 * (bend[2] - bend[0]) ? 30 : 0;
        spots.push({ x, y: y + lift, cost: remote * 40 + Math.abs(t - 0.5) * 60 + Math.abs(lift) + covers });
      }
    }
  });
  for (const spot of spots) {
    spot.cost += 50 * drawing.boxes.reduce((sum, box) => sum + overlap(spot, width, height, box), 0);
  }
  const best = spots.reduce((a, b) => (b.cost < a.cost ? b : a));
  return [best.x, best.y];
}

function onBend([x0, y0, x1, y1], t) {
  const s = t * t * (3 - 2 * t);
  const u = 1.5 * t * (1 - t) + t ** 3;
  return [x0 + (x1 - x0) * u, y0 + (y1 - y0) * s];
}

function overlap(spot, width, height, box) {
  const pad = 3;
  const dx = Math.min(spot.x + width / 2, box.x + box.width / 2 + pad) - Math.max(spot.x - width / 2, box.x - box.width / 2 - pad);
  const dy = Math.min(spot.y + height / 2, box.y + box.down + pad) - Math.max(spot.y - height / 2, box.y - box.up - pad);
  return dx > 0 && dy > 0 ? Math.min(dx, dy) : 0;
}
