// What keys there are, for whoever asks.
import { openDialog } from './dialog.js';
import { element } from './element.js';

// `views`: the keys that go to views, {key: [hash, name]}.
export function showHelp(views) {
  if (document.querySelector('dialog[open]')) return;
  const keys = [
    ['/', 'Search'],
    ...Object.entries(views).map(([key, [, name]]) => [`g ${key}`, name]),
    ['j k', 'Next and previous row'],
    ['Enter', 'Open the row; on a cell of the history: search for that alone'],
    ['← →', 'Between the cells of a row'],
    ['x', 'Select the row (Addresses)'],
    ['Esc', 'Close, or leave the field'],
    ['?', 'This'],
  ];
  openDialog('Keyboard', () =>
    element(
      'dl.keys',
      keys.map(([key, what]) => [
        element(
          'dt',
          key.split(' ').map((one) => element('kbd', one)),
        ),
        element('dd', what),
      ]),
    ),
  );
}
