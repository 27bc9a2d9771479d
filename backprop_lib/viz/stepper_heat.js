// Heatmaps: an array as a small picture, blue below zero, white at zero, vermillion above.
import { cells } from "./stepper_model.js";

const LOW = [0, 114, 178];
const HIGH = [213, 94, 0];
const pictures = new WeakMap();

function colour(t, grey) {
  if (Number.isNaN(t)) return [150, 150, 150];
  if (grey) return Array(3).fill(Math.round(255 - 225 * Math.min(Math.max(t, 0), 1)));
  const end = t > 0 ? HIGH : LOW;
  const a = Math.min(Math.abs(t), 1);
  return end.map((c) => Math.round(255 + (c - 255) * a));
}

// A picture of one pixel a cell, as a data URL; the page scales it up with sharp edges.
export function heatURL(heat, grey = false) {
  if (pictures.has(heat)) return pictures.get(heat);
  const canvas = document.createElement("canvas");
  canvas.width = heat.cols;
  canvas.height = heat.rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(heat.cols, heat.rows);
  const scale = Math.abs(Number(heat.scale)) || 1;
  cells(heat).forEach((x, i) => image.data.set([...colour(x / scale, grey), 255], 4 * i));
  context.putImageData(image, 0, 0);
  const url = canvas.toDataURL();
  pictures.set(heat, url);
  return url;
}

// An image without negative values is drawn dark on light (the same as shapes.is_picture).
export const isPicture = (node) => Boolean(node.image && node.heat) && cells(node.heat).every((x) => !(x < 0));

// The same as shapes.picture_size.
export function heatSize(heat, side) {
  const cell = side / Math.max(heat.rows, heat.cols);
  return [Math.max(heat.cols * cell, side / 4), Math.max(heat.rows * cell, side / 4)];
}
