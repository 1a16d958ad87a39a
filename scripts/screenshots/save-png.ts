import sharp from 'sharp';

/** Enough for graphs and antialiased text to look the same. */
const COLORS = 128;

/** Writes a picture with a palette, which takes a third of the bytes, and returns its size in pixels. */
export async function savePng(
  picture: Uint8Array,
  file: string,
): Promise<{ readonly width: number; readonly height: number }> {
  return sharp(picture).png({ palette: true, colours: COLORS, effort: 10, compressionLevel: 9 }).toFile(file);
}
