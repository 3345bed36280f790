// What scripts/lint asks of the JavaScript: only what is likely a fault.
import js from '@eslint/js';

const names = (text) => Object.fromEntries(text.split(/\s+/).map(
  (name) => [name, 'readonly']));

const shared = names(`AbortController AbortSignal Blob TextDecoder TextEncoder
  URL URLSearchParams clearInterval clearTimeout console crypto fetch
  performance queueMicrotask setInterval setTimeout structuredClone`);
// Tests hand functions to the page, so that they know its names too.
const page = names(`AudioContext BroadcastChannel CSS CSSStyleSheet CustomEvent Element Event FormData HTMLElement Intl
  IntersectionObserver KeyboardEvent MutationObserver Node Notification Option OscillatorNode PointerEvent
  RadioNodeList   ResizeObserver WebSocket addEventListener cancelAnimationFrame confirm document
  getComputedStyle getSelection history innerHeight innerWidth localStorage
  location matchMedia navigator removeEventListener requestAnimationFrame
  scrollBy scrollTo scrollY sessionStorage window`);
const node = names('Buffer global process setImmediate');

export default [
  { ignores: ['build/**', 'build-*/**'] },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.mjs'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'array-callback-return': 'error',
      eqeqeq: 'error',
      'no-constructor-return': 'error',
      'no-control-regex': 'off', // what is meant is bytes that must not come
      'no-empty': ['error', { allowEmptyCatch: true }],
      'no-self-compare': 'error',
      'no-template-curly-in-string': 'error',
      'no-unused-vars': ['error', { args: 'after-used',
                                    ignoreRestSiblings: true }],
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  { files: ['assets/**/*.js'], languageOptions: { globals: { ...shared,
                                                             ...page } } },
  { files: ['**/*.mjs'], languageOptions: { globals: { ...shared, ...node } } },
  { files: ['tests/browser/**/*.mjs', 'tests/columns/page.test.mjs',
            'tests/datatables/*.{js,mjs}', 'scripts/screenshots.mjs'],
    languageOptions: { globals: page } },
];
