/** Blue, vermilion, green and purple, of Okabe and Ito's palette and darkened or lightened to 4.5:1 against the page. */
export function renditionColour(rendition: number): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--rendition-${rendition}`).trim();
}

/** A letter, since colour alone is not seen by everyone. */
export function renditionMark(rendition: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + rendition);
}
