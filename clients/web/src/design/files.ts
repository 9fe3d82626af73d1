/** Gives a file to the person, as a download; the browser asks where it goes. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then; the address must not hold the file's bytes for as long as the page lives.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
