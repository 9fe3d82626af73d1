//! The two cuts of the typeface that sheets are set in, and how what was used of them gets into a file: those glyphs alone,
//! with what each of them means, so that text can be searched and copied.

use std::collections::BTreeMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish, Name, Pdf, Rect, Ref, Str};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

/// DejaVu Sans Condensed: Latin, Greek, Cyrillic and more in one file; its licence lies beside it.
static REGULAR: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed-Bold.ttf");

const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// A font that cannot be used: the files are part of the program, so it is the program that is wrong.
#[derive(Debug, thiserror::Error)]
#[error("the font of sheets cannot be used: {0}")]
pub struct FontError(String);

/// One cut, with what was used of it.
pub(super) struct Font {
    face: Face<'static>,
    data: &'static [u8],
    name: &'static str,
    used: GlyphRemapper,
    /// What each used glyph stands for, by its number in the file.
    meaning: BTreeMap<u16, (char, u16)>,
}

impl Font {
    pub(super) fn regular() -> Result<Self, FontError> {
        Self::read(REGULAR, "RBSHET+DejaVuSansCondensed")
    }

    pub(super) fn bold() -> Result<Self, FontError> {
        Self::read(BOLD, "RBSHEU+DejaVuSansCondensed-Bold")
    }

    fn read(data: &'static [u8], name: &'static str) -> Result<Self, FontError> {
        let face = Face::parse(data, 0).map_err(|error| FontError(error.to_string()))?;
        Ok(Self { face, data, name, used: GlyphRemapper::new(), meaning: BTreeMap::new() })
    }

    /// How wide a line of text is at this size.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(self.glyph(c).1)).sum::<f32>() * size / 1000.0
    }

    /// The glyph of a character and what it stands for; of one that the font lacks, those of a question mark: it is seen that
    /// something is missing.
    fn glyph(&self, c: char) -> (char, GlyphId) {
        let wanted = if c.is_control() { ' ' } else { c };
        let of = |c: char| Some((c, self.face.glyph_index(c)?));
        of(wanted).or_else(|| of('?')).unwrap_or((wanted, GlyphId(0)))
    }

    fn advance(&self, glyph: GlyphId) -> f32 {
        let units = f32::from(self.face.units_per_em());
        f32::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) * 1000.0 / units
    }

    /// A line of text as the file shows it: two bytes for each glyph.
    pub(super) fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * text.len());
        for c in text.chars() {
            let (meant, glyph) = self.glyph(c);
            let place = self.used.remap(glyph.0);
            self.meaning.entry(place).or_insert((meant, glyph.0));
            bytes.extend(place.to_be_bytes());
        }
        bytes
    }

    /// Writes what was used, under five numbers from this one on.
    pub(super) fn write(&self, pdf: &mut Pdf, first: Ref) -> Result<(), FontError> {
        let [font, cid, descriptor, cmap, file] = ids(first);
        let subset =
            subsetter::subset(self.data, 0, &self.used).map_err(|error| FontError(error.to_string()))?;
        let name = Name(self.name.as_bytes());
        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut of_cid = pdf.cid_font(cid);
        of_cid
            .subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = of_cid.widths();
        for (place, (_, glyph)) in &self.meaning {
            widths.consecutive(*place, [self.advance(GlyphId(*glyph))]);
        }
        widths.finish();
        of_cid.finish();
        self.describe(pdf, descriptor, file);
        let mut meaning = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
        for (place, (c, _)) in &self.meaning {
            meaning.pair(*place, *c);
        }
        pdf.cmap(cmap, &meaning.finish());
        pdf.stream(file, &subset).pair(Name(b"Length1"), i32::try_from(subset.len()).unwrap_or(i32::MAX));
        Ok(())
    }

    fn describe(&self, pdf: &mut Pdf, descriptor: Ref, file: Ref) {
        let units = f32::from(self.face.units_per_em());
        let scaled = |value: i16| f32::from(value) * 1000.0 / units;
        let bounds = self.face.global_bounding_box();
        let [x_min, y_min, x_max, y_max] =
            [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(scaled);
        pdf.font_descriptor(descriptor)
            .name(Name(self.name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(x_min, y_min, x_max, y_max))
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(self.face.capital_height().unwrap_or(1_493)))
            .stem_v(if self.face.is_bold() { 140.0 } else { 80.0 })
            .font_file2(file);
    }
}

/// Five numbers from one on.
fn ids(first: Ref) -> [Ref; 5] {
    [0, 1, 2, 3, 4].map(|n| Ref::new(first.get() + n))
}
