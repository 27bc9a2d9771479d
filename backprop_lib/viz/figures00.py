"""The static figures of notebook 00: the way there and back, digits in a row, the gradient of an image."""

from .picture import BLUE, FAINT, INK, VERMILLION, Picture, blank, new_figure


def there_and_back():
    """A digit goes through two layers to a loss, and the gradients come back the same way."""
    from ..data import digits

    figure, (ax,) = new_figure(9, 2.7)
    blank(ax).set(xlim=(0, 13.2), ylim=(0, 4.0), aspect="equal")
    ax.imshow(digits().images[7], cmap="gray_r", extent=(0.2, 2.6, 0.8, 3.2))
    ax.plot((0.2, 2.6, 2.6, 0.2, 0.2), (0.8, 0.8, 3.2, 3.2, 0.8), color=FAINT, linewidth=0.8)
    ax.set(xlim=(0, 13.2), ylim=(0, 4.0))
    box = {"boxstyle": "round,pad=0.7", "facecolor": "white", "edgecolor": INK, "linewidth": 1.4}
    for x, words in ((5.2, "layer 1\n64 → 16"), (8.6, "layer 2\n16 → 10"), (11.9, "loss\none number")):
        _text(ax, x, 2.0, words, INK, 11, bbox=box, linespacing=1.4)
    for start, end in ((2.8, 4.1), (6.3, 7.5), (9.7, 10.7)):
        _arrow(ax, (start, 2.35), (end, 2.35), BLUE)
        _arrow(ax, (end, 1.65), (start, 1.65), VERMILLION)
    _text(ax, 6.9, 3.6, "forward: values. How wrong is the guess?", BLUE, 12)
    _text(ax, 6.9, 0.4, "backward: gradients. How would each number change that?", VERMILLION, 12)
    return Picture(
        figure,
        "An 8 by 8 picture of a handwritten 7. Arrows to the right lead through layer 1 (64 to 16 numbers) "
        "and layer 2 (16 to 10) to the loss, one number: values go forward. Arrows to the left lead back "
        "from the loss through both layers to the picture: gradients go backward.",
    )


def gallery(images, captions):
    """Images (n, 8, 8), ink from 0 to 1, in a row, with a caption under each."""
    side = max(0.95, min(1.8, 9 / len(images)))
    figure, axes = new_figure(side * len(images), side + 0.4, len(images))
    for ax, image, caption in zip(axes, images, captions, strict=True):
        _ink(ax, image)
        ax.set_xlabel(str(caption), color=INK, size=10)
    words = ", ".join(str(caption).replace("\n", " ") for caption in captions)
    return Picture(figure, f"{len(images)} handwritten digits of 8 by 8 pixels: {words}.")


def pixel_gradient(image, gradient):
    """An image (8, 8) beside the gradient of a loss with respect to its pixels (8, 8).

    Vermillion and +: more ink raises the loss. Blue and −: more ink lowers it. Entries above a quarter of the
    largest are written out.
    """
    from matplotlib.colors import LinearSegmentedColormap

    figure, (left, right) = new_figure(8, 3.4, 2, width_ratios=(1, 1.25))
    _ink(left, image)
    left.set_title("the image, ink from 0 to 1", size=10, color=INK)
    most = abs(gradient).max()
    colours = LinearSegmentedColormap.from_list("signs", [BLUE, "white", VERMILLION])
    shown = right.imshow(gradient, cmap=colours, vmin=-most, vmax=most)
    right.set_title("the gradient, ∂L/∂ink of each pixel", size=10, color=INK)
    figure.colorbar(shown, ax=right, shrink=0.9).ax.tick_params(labelsize=8, colors=FAINT, labelcolor=INK)
    for ax in (left, right):
        ax.set_xticks(range(8))
        ax.set_yticks(range(8))
        ax.tick_params(length=0)
    for row, line in enumerate(gradient):
        for column, entry in enumerate(line):
            if abs(entry) > most / 4:
                ink = "white" if abs(entry) > 0.6 * most else INK
                _text(right, column, row, f"{entry:+.1f}".replace("-", "−"), ink, 7)
    row, column = divmod(int(abs(gradient).argmax()), 8)
    return Picture(
        figure,
        "A handwritten digit, and beside it the gradient of the loss with respect to each of its 64 pixels, "
        f"from −{most:.1f} (blue) to {most:.1f} (vermillion). The largest entry, "
        f"{gradient[row, column]:+.1f}, is at row {row}, column {column}.".replace("-", "−"),
    )


def _ink(ax, image):
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set_visible(True)


def _arrow(ax, start, end, colour):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style | {"mutation_scale": 15})


def _text(ax, x, y, words, colour, size, **options):
    ax.text(x, y, words, color=colour, size=size, ha="center", va="center", **options)
