"""Where to draw the nodes of a directed acyclic graph: a layered layout, in plain Python.

Four steps after Sugiyama, Tagawa and Toda (1981), "Methods for visual understanding of
hierarchical system structures", IEEE Trans. SMC 11:

1. layers by longest path, then each node as far right as its consumers allow (`assign_layers`);
2. an edge that skips layers gets a dummy node in each, so that room is kept for it (`_Lattice`);
3. the order inside a layer by barycentre sweeps, the best of all sweeps kept (`_Lattice.arrange`);
4. heights by relaxation: each node wants the mean height of its neighbours, and isotonic
   regression gives the closest heights that keep order and distance (`_Lattice.relax`).

Data flow from left to right. Between two columns lies a channel without nodes. An edge bends only
inside channels and crosses a column only along its dummy's row, so no edge runs through a node.
The same input gives the same output: every tie is broken by the node's number.
"""

from bisect import bisect_right, insort
from collections import Counter

ROW_GAP = 13  # free height between two blocks of a column
DUMMY = (0, 7, 7)  # width, height above and below the line, of a passing edge
CHANNEL = (84, 150)  # narrowest and widest channel between two columns
CROWD = 24  # nodes in a column from which on columns are spread out
SWEEPS = 12
RELAXATIONS = 40


def layered(count, edges, sizes):
    """Positions for `count` nodes joined by `edges`, a list of (parent, child) without repeats.

    `sizes[i]` is (width, up, down): the block of node i reaches `up` above and `down` below the
    line at which its edges arrive. All lengths are in CSS pixels.

    Returns a dict: `x`, `y` (one a node), `layer` (its column), `columns` (left and right side of
    each), `routes` ({(parent, child): the rows at which the edge passes the columns in between}),
    `width`, `height` and `crossings`. Raises ValueError for a cycle or a node that does not exist.
    """
    lattice = _Lattice(count, edges, sizes)
    lattice.arrange()
    lattice.relax()
    return lattice.result()


def assign_layers(count, edges):
    """The column of each node: 0 for the leftmost, parents always left of their children.

    Nodes of equal depth share a column, as the neurons of a layer should. Where that makes a column
    of more than `CROWD`, nodes also move to the right when it costs as much edge as it saves: the
    products of a long sum then stand each beside its own addition.
    """
    layer = _layers(count, edges, 1)
    return layer if max(Counter(layer).values(), default=0) <= CROWD else _layers(count, edges, 0)


def _layers(count, edges, gain):
    parents, children = _neighbours(count, edges)
    order = topological(count, parents, children)
    layer = [0] * count
    for node in order:
        layer[node] = max((layer[p] + 1 for p in parents[node]), default=0)
    for node in reversed(order):
        # A move to the right shortens the edges out and lengthens those in, except from leaves
        # that follow because nothing else uses them.
        pulled = sum(1 for p in parents[node] if parents[p] or len(children[p]) > 1)
        if children[node] and len(children[node]) >= pulled + gain:
            layer[node] = min(layer[c] for c in children[node]) - 1
    return layer


def topological(count, parents, children):
    """Parents before children, the lowest number first. Raises ValueError when there is a cycle."""
    waiting = [len(p) for p in parents]
    ready = sorted((i for i in range(count) if not waiting[i]), reverse=True)
    order = []
    while ready:
        node = ready.pop()
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if not waiting[child]:
                insort(ready, child, key=lambda i: -i)
    if len(order) < count:
        raise ValueError(f"the graph has a cycle through {count - len(order)} of its {count} nodes")
    return order


def _neighbours(count, edges):
    parents, children = [[] for _ in range(count)], [[] for _ in range(count)]
    for parent, child in edges:
        if not (0 <= parent < count and 0 <= child < count):
            raise ValueError(f"edge ({parent}, {child}) names a node outside 0 … {count - 1}")
        parents[child].append(parent)
        children[parent].append(child)
    return parents, children


class _Lattice:
    """The graph with dummies, as columns of cells. Cells 0 … count-1 are the nodes themselves."""

    def __init__(self, count, edges, sizes):
        self.count, self.edges = count, list(edges)
        self.layer = assign_layers(count, self.edges)
        self.sizes = list(sizes)
        self.left, self.right = [[] for _ in range(count)], [[] for _ in range(count)]
        self.trunk = {}  # (parent, layer) -> dummy: the edges of one parent share their way
        for parent, child in sorted(self.edges, key=lambda e: (e[0], self.layer[e[1]], e[1])):
            self._link(self._reach(parent, self.layer[child] - 1), child)
        self.columns = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for cell in self._visit_order():
            self.columns[self.layer[cell]].append(cell)
        self.y = [0.0] * len(self.layer)

    def _link(self, a, b):
        self.right[a].append(b)
        self.left[b].append(a)

    def _reach(self, parent, layer):
        """The cell at which edges of `parent` leave column `layer`; dummies are made on the way."""
        cell = parent
        for column in range(self.layer[parent] + 1, layer + 1):
            if (parent, column) not in self.trunk:
                self.trunk[parent, column] = dummy = len(self.layer)
                self.layer.append(column)
                self.sizes.append(DUMMY)
                self.left.append([])
                self.right.append([])
                self._link(cell, dummy)
            cell = self.trunk[parent, column]
        return cell

    def _visit_order(self):
        """Depth first from the results to what they are made of: a tree comes out uncrossed."""
        seen, order = set(), []
        stack = [cell for cell in range(len(self.layer) - 1, -1, -1) if not self.right[cell]]
        while stack:
            cell = stack.pop()
            if cell not in seen:
                seen.add(cell)
                order.append(cell)
                stack.extend(reversed(self.left[cell]))
        return order

    # Order inside the columns

    def arrange(self):
        best, fewest = [list(c) for c in self.columns], self.crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            rightward = sweep % 2 == 0
            self._sweep(self.left if rightward else self.right, rightward)
            self._swap_neighbours()
            crossings = self.crossings()
            if crossings < fewest:
                best, fewest = [list(c) for c in self.columns], crossings
        self.columns = best

    def _sweep(self, neighbours, rightward):
        for column in self.columns if rightward else reversed(self.columns):
            rank = self._ranks()
            column.sort(key=lambda cell: (_mean([rank[n] for n in neighbours[cell]], rank[cell]), cell))

    def _swap_neighbours(self):
        """Exchange two cells that stand next to each other wherever that removes crossings."""
        rank = self._ranks()
        for column in self.columns:
            for i in range(len(column) - 1):
                a, b = column[i], column[i + 1]
                if self._pair(a, b, rank) > self._pair(b, a, rank):
                    column[i], column[i + 1] = b, a
                    rank[a], rank[b] = rank[b], rank[a]

    def _pair(self, upper, lower, rank):
        """Crossings between the edges of two cells of a column when `upper` stands above `lower`."""
        return sum(
            rank[u] > rank[v]
            for side in (self.left, self.right)
            for u in side[upper]
            for v in side[lower]
        )

    def _ranks(self):
        rank = [0] * len(self.layer)
        for column in self.columns:
            for i, cell in enumerate(column):
                rank[cell] = i
        return rank

    def crossings(self):
        rank, total = self._ranks(), 0
        for column in self.columns:
            ends = []  # where the edges seen so far arrive; each one further down is crossed
            for cell in column:
                arrivals = [rank[r] for r in self.right[cell]]
                total += sum(len(ends) - bisect_right(ends, r) for r in arrivals)
                for r in arrivals:
                    insort(ends, r)
        return total

    # Heights

    def relax(self):
        for column in self.columns:
            self._place(column, [0.0] * len(column), [1.0] * len(column))
        for turn in range(RELAXATIONS):
            for column in self.columns if turn % 2 else reversed(self.columns):
                self._place(column, *self._wishes(column))

    def _wishes(self, column):
        wanted, weights = [], []
        for cell in column:
            pulls = [(self._stiffness(cell, n), self.y[n]) for n in self.left[cell] + self.right[cell]]
            weight = sum(s for s, _ in pulls)
            wanted.append(sum(s * y for s, y in pulls) / weight if pulls else self.y[cell])
            weights.append(weight or 0.1)
        return wanted, weights

    def _stiffness(self, a, b):
        """Long edges should run straight: dummies pull each other harder than nodes do."""
        return (1.0, 4.0, 30.0)[(a >= self.count) + (b >= self.count)]

    def _place(self, column, wanted, weights):
        """The heights nearest to the wanted ones (least squares) that keep order and distance.

        Isotonic regression by pooling adjacent violators, after taking the distances off.
        """
        offset, offsets = 0.0, []
        for i, cell in enumerate(column):
            if i:
                gap = ROW_GAP if cell < self.count or column[i - 1] < self.count else 0.0
                offset += self.sizes[column[i - 1]][2] + gap + self.sizes[cell][1]
            offsets.append(offset)
        pools = []  # [mean, weight, members]
        for want, weight, shift in zip(wanted, weights, offsets, strict=True):
            pools.append([want - shift, weight, 1])
            while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
                mean, weight_b, members = pools.pop()
                a = pools[-1]
                a[0] = (a[0] * a[1] + mean * weight_b) / (a[1] + weight_b)
                a[1] += weight_b
                a[2] += members
        levels = [mean for mean, _, members in pools for _ in range(members)]
        for cell, level, shift in zip(column, levels, offsets, strict=True):
            self.y[cell] = level + shift

    # Outcome

    def result(self):
        top = min((self.y[i] - self.sizes[i][1] for i in range(len(self.y))), default=0.0)
        self.y = [round(y - top) for y in self.y]
        columns = self._column_sides()
        centre = [(a + b) / 2 for a, b in columns]
        return {
            "x": [centre[self.layer[i]] for i in range(self.count)],
            "y": self.y[: self.count],
            "layer": self.layer[: self.count],
            "columns": columns,
            "routes": {(p, c): self._rows(p, c) for p, c in self.edges},
            "width": columns[-1][1] if columns else 0,
            "height": max((self.y[i] + self.sizes[i][2] for i in range(len(self.y))), default=0),
            "crossings": self.crossings(),
        }

    def _rows(self, parent, child):
        between = range(self.layer[parent] + 1, self.layer[child])
        return [self.y[self.trunk[parent, column]] for column in between]

    def _column_sides(self):
        sides, x = [], 0
        for column in self.columns:
            width = max(self.sizes[cell][0] for cell in column)
            sides.append([x, x + width])
            climb = max((abs(self.y[r] - self.y[c]) for c in column for r in self.right[c]), default=0.0)
            x += width + round(min(max(CHANNEL[0], 0.4 * climb), CHANNEL[1]))
        return sides


def _mean(values, default):
    return sum(values) / len(values) if values else default
