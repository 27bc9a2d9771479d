"""The picture of a `History`."""

from backprop_lib.viz.picture import BLUE, FAINT, INK, VERMILLION, Picture, new_figure


def history_picture(history):
    """Loss, and the metric if there is one, against epochs. Raises ValueError if there was no epoch."""
    if not len(history):
        raise ValueError("there is nothing to plot: no epoch was completed")
    panels = [("loss", history.loss, history.validation_loss)]
    if history.metric:
        panels.append((history.metric_name, history.metric, history.validation_metric))
    figure, axes = new_figure(3.6 * len(panels) + 0.4, 2.9, columns=len(panels))
    for ax, (name, training, validation) in zip(axes, panels, strict=True):
        _panel(ax, name, training, validation, history.best_epoch)
    _steps(axes[0], history)
    return Picture(figure, " ".join(_sentence(*panel) for panel in panels) + _best(history))


def _panel(ax, name, training, validation, best):
    """One quantity: training solid with dots, validation dashed with squares, so that grey will do."""
    epochs = range(1, len(training) + 1)
    every = max(1, len(training) // 20)  # a marker for each of 200 epochs would be a band
    style = {"markersize": 3.5, "markevery": every, "linewidth": 1.4}
    ax.plot(epochs, training, "o-", color=BLUE, label="training", **style)
    if validation:
        ax.plot(epochs, validation, "s--", color=VERMILLION, label="validation", **style)
        if best is not None:
            ax.axvline(best, color=FAINT, linewidth=0.8, linestyle=":")
    ax.set_xlabel("epoch", color=INK, size=9)
    ax.set_ylabel(name, color=INK, size=9)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(frameon=False, fontsize=8)


def _steps(ax, history):
    """The loss of every single step, faint behind the means; the view stays that of the means."""
    if history.steps_per_epoch == 1:
        return
    ax.autoscale(False)
    # epoch 1 goes from 0.5 to 1.5, so that its mean stands in its middle
    x = [0.5 + (step + 0.5) / history.steps_per_epoch for step in range(len(history.step_loss))]
    ax.plot(x, history.step_loss, color=BLUE, alpha=0.25, linewidth=0.6, zorder=0)


def _sentence(name, training, validation):
    epochs = f"{len(training)} epoch{'s' * (len(training) > 1)}"
    words = f"{name.capitalize()} over {epochs}: training from {training[0]:.3g} to {training[-1]:.3g}"
    if validation:
        words += f", validation from {validation[0]:.3g} to {validation[-1]:.3g}"
    return words + "."


def _best(history):
    if not history.validation_loss or history.best_epoch is None:
        return ""
    lowest = history.validation_loss[history.best_epoch - 1]
    return f" The lowest validation loss, {lowest:.3g}, is that of epoch {history.best_epoch}."
