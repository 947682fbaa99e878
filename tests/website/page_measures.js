// What can be measured of how a page looks. Run in the page; returns
//   texts:  how many stretches of text were looked at
//   faint:  those whose contrast to what is behind them is below 4.5, the least for text in WCAG 2.1 (1.4.3)
//   broken: words of code that go on in a second line although one line would hold them
//   wider:  by how many pixels the page is wider than the screen

const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
  willReadFrequently: true,
});

/** A CSS colour as [red, green, blue, alpha], alpha from 0 to 1. */
function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

/** A colour laid over an opaque one. */
function over([red, green, blue, alpha], [r, g, b]) {
  return [red * alpha + r * (1 - alpha), green * alpha + g * (1 - alpha), blue * alpha + b * (1 - alpha), 1];
}

function behind(element) {
  const layers = [];
  for (let each = element; each; each = each.parentElement) {
    const colour = rgba(getComputedStyle(each).backgroundColor);
    layers.unshift(colour);
    if (colour[3] === 1) break;
  }
  return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
}

function opacity(element) {
  let all = 1;
  for (let each = element; each; each = each.parentElement) all *= Number(getComputedStyle(each).opacity);
  return all;
}

function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(first, second) {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const faint = new Set();
const broken = new Set();
let texts = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const range = document.createRange();
while (walker.nextNode()) {
  const node = walker.currentNode;
  const element = node.parentElement;
  if (!node.data.trim() || element.closest("script, style, noscript, template, .headerlink, #playground-marks")) continue;
  if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
  range.selectNodeContents(node);
  if (![...range.getClientRects()].some((box) => box.width > 1 && box.height > 1)) continue;
  texts += 1;
  const back = behind(element);
  const [red, green, blue, alpha] = rgba(getComputedStyle(element).color);
  const found = contrast(over([red, green, blue, alpha * opacity(element)], back), back);
  if (found < 4.5) faint.add(`${found.toFixed(2)} ${element.className || element.tagName}: ${node.data.trim().slice(0, 40)}`);
  if (!element.closest("code") || element.closest("pre")) continue;
  for (const word of node.data.matchAll(/\S{1,34}(?=\s|$)/g)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    if (lines.size > 1 && (word.index === 0 || /\s/.test(node.data[word.index - 1]))) broken.add(word[0]);
  }
}
return {
  texts,
  faint: [...faint],
  broken: [...broken],
  wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
};
