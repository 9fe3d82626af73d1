//! A text as a QR code: for a terminal, and as a picture. The picture is a PNG of one bit per dot, written here: it needs
//! nothing but a deflater and a checksum, which are there anyhow.

use std::io::{self, Write};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, QrCode};

/// Dots to a module: large enough for a phone's camera at a monitor.
const DOTS: usize = 8;
/// Modules of white around the code, as its standard demands.
const MARGIN: usize = 4;

/// A text that is too long for a QR code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this text is too long for a QR code")]
pub struct TooLong;

/// A QR code.
#[derive(Clone)]
pub struct Qr(QrCode);

impl Qr {
    /// The code of a text.
    ///
    /// # Errors
    /// [`TooLong`] beyond some 2,300 bytes.
    pub fn of(text: &str) -> Result<Self, TooLong> {
        QrCode::new(text).map(Self).map_err(|_| TooLong)
    }

    /// For a terminal: two modules to a character.
    pub fn text(&self) -> String {
        // Terminals are mostly dark: what they draw is the light.
        self.0.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    }

    /// As a picture, PNG.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn png(&self) -> io::Result<Vec<u8>> {
        let side = (self.0.width() + 2 * MARGIN) * DOTS;
        let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
        for y in 0..side {
            // Filter 0: as they are.
            let mut row = vec![0];
            row.extend((0..side).step_by(8).map(|x| self.byte(x, y, side)));
            rows.write_all(&row)?;
        }
        let size = u32::try_from(side).map_err(io::Error::other)?.to_be_bytes();
        // One bit per dot, grey, no interlacing.
        let head = [&size[..], &size[..], &[1, 0, 0, 0, 0]].concat();
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut png, b"IHDR", &head)?;
        chunk(&mut png, b"IDAT", &rows.finish()?)?;
        chunk(&mut png, b"IEND", &[])?;
        Ok(png)
    }

    /// Eight dots from here to the right, the first in the highest bit; 1 is white.
    fn byte(&self, x: usize, y: usize, side: usize) -> u8 {
        (0..8).fold(0, |byte, n| byte << 1 | u8::from(x + n < side && !self.is_dark(x + n, y)))
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let module = |dot: usize| (dot / DOTS).checked_sub(MARGIN).filter(|module| *module < self.0.width());
        module(x).zip(module(y)).is_some_and(|at| self.0[at] == Color::Dark)
    }
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Qr").field("width", &self.0.width()).finish_non_exhaustive()
    }
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], body: &[u8]) -> io::Result<()> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(body);
    png.extend(u32::try_from(body.len()).map_err(io::Error::other)?.to_be_bytes());
    png.extend(kind);
    png.extend(body);
    png.extend(crc.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Qr;

    const LINK: &str = "https://sync.example.com/enrol#code=K7QF-2M9D-XW4P";

    #[test]
    fn somebody_else_s_readers_read_the_picture() {
        let png = Qr::of(LINK).unwrap().png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut rows = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut rows).unwrap();
        let (width, height) = (info.width as usize, info.height as usize);
        let white = |x: usize, y: usize| rows[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 1;
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(
                width,
                height,
                |x, y| if white(x, y) { 255 } else { 0 },
            );
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        assert_eq!(grids[0].decode().unwrap().1, LINK);
    }

    #[test]
    fn a_terminal_shows_the_same_code() {
        let qr = Qr::of(LINK).unwrap();
        let lines: Vec<Vec<char>> = qr.text().lines().map(|line| line.chars().collect()).collect();
        // A full block is two light modules, a space two dark ones.
        let is_light = |x: usize, y: usize| match lines[y / 2][x] {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        let width = lines[0].len();
        let dots = |x: usize, y: usize| if is_light(x / 4, y / 4) { 255 } else { 0 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width * 4, lines.len() * 8, dots);
        assert_eq!(image.detect_grids()[0].decode().unwrap().1, LINK);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Qr::of(&"x".repeat(5000)).is_err());
    }
}
