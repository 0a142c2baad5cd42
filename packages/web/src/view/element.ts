type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * An element with attributes and content. Text is text: nothing is parsed.
 *
 * @param attributes `true` is an attribute without a value; `false` and undefined are left out
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  made.append(...content);
  return made;
}

/** A button that does one thing. */
export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

let labels = 0;

/** A control under its label; both are tied together by an id. */
export function labelled(text: string, control: HTMLElement, className = 'field'): HTMLElement {
  control.id ||= `control-${labels++}`;
  return element('div', { class: className }, element('label', { for: control.id }, text), control);
}

/** One of a few choices, as a row of buttons of which one is pressed. */
export class Choice<T extends string> {
  readonly element: HTMLElement;
  readonly #buttons = new Map<T, HTMLButtonElement>();
  readonly #choose: (value: T) => void;
  #value: T;

  constructor(label: string, value: T, choose: (value: T) => void) {
    this.element = element('div', { class: 'choice', role: 'group', 'aria-label': label });
    this.#value = value;
    this.#choose = choose;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces the choices; the value stays where it is among them, else the first is taken. */
  setOptions(options: readonly (readonly [value: T, label: string])[]): void {
    const [first] = options;
    if (first !== undefined && !options.some(([value]) => value === this.#value)) this.#value = first[0];
    this.#buttons.clear();
    for (const [value, label] of options)
      this.#buttons.set(
        value,
        button(label, () => this.set(value)),
      );
    this.element.replaceChildren(...this.#buttons.values());
    this.#press();
  }

  set(value: T): void {
    this.#value = value;
    this.#press();
    this.#choose(value);
  }

  #press(): void {
    for (const [value, made] of this.#buttons)
      made.setAttribute('aria-pressed', String(value === this.#value));
  }
}
