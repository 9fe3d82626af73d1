//! A sheet as PDF: A4, black on white, text that can be searched. What people wrote is text and nothing else: there is no
//! markup that it could be taken for, no link, no script, no file.

mod words;

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

pub use self::words::Language;
use self::words::Words;
use super::font::{Font, FontError};
use super::{OrderSheet, SheetLine};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const LEFT: f32 = 56.0;
const RIGHT: f32 = WIDTH - LEFT;
const TOP: f32 = HEIGHT - 56.0;
/// Below it stand the numbers of pages.
const BOTTOM: f32 = 72.0;
const SIZE: f32 = 9.0;
const LEADING: f32 = 12.5;
/// Where the columns of a line end, but for the second, which begins there.
const ITEM: f32 = LEFT + 26.0;
const QUANTITY: f32 = 342.0;
const PRICE: f32 = 412.0;
const DISCOUNT: f32 = 460.0;
/// Widest text of an address, an item, and a note.
const HALF: f32 = 220.0;
const ITEM_WIDTH: f32 = 216.0;
const WHOLE: f32 = RIGHT - LEFT;

/// A text at a place: which cut, how large.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Regular,
    Bold,
}

/// The sheet on its pages, while they are written.
struct Paper<'a> {
    sheet: &'a OrderSheet,
    words: &'static Words,
    regular: Font,
    bold: Font,
    pages: Vec<Content>,
    y: f32,
}

/// The sheet as a PDF file.
///
/// # Errors
/// When the fonts of the program are damaged.
pub fn pdf(sheet: &OrderSheet, language: Language) -> Result<Vec<u8>, FontError> {
    let mut paper = Paper {
        sheet,
        words: words::of(language),
        regular: Font::regular()?,
        bold: Font::bold()?,
        pages: vec![Content::new()],
        y: TOP,
    };
    paper.head();
    paper.facts();
    paper.lines();
    paper.totals();
    paper.foot();
    paper.number_pages();
    paper.finish(language)
}

impl Paper<'_> {
    fn text(&mut self, x: f32, cut: Cut, size: f32, text: &str) {
        let (font, name) = match cut {
            Cut::Regular => (&mut self.regular, Name(b"R")),
            Cut::Bold => (&mut self.bold, Name(b"B")),
        };
        let bytes = font.encode(text);
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.begin_text().set_font(name, size).next_line(x, y).show(Str(&bytes)).end_text();
        }
    }

    /// The same, ending at `right`.
    fn text_to(&mut self, right: f32, cut: Cut, size: f32, text: &str) {
        let font = if cut == Cut::Bold { &self.bold } else { &self.regular };
        let x = right - font.width(text, size);
        self.text(x, cut, size, text);
    }

    fn rule(&mut self) {
        let y = self.y + LEADING - 4.0;
        if let Some(page) = self.pages.last_mut() {
            page.set_line_width(0.5).move_to(LEFT, y).line_to(RIGHT, y).stroke();
        }
    }

    /// Goes down; onto a new page if less than `needed` is left.
    fn down(&mut self, by: f32, needed: f32) -> bool {
        self.y -= by;
        let is_full = self.y - needed < BOTTOM;
        if is_full {
            self.pages.push(Content::new());
            self.y = TOP;
        }
        is_full
    }

    /// Lines of text, each wrapped to a width, from where it is on downwards.
    fn block(&mut self, x: f32, width: f32, text: &str) {
        for line in wrapped(&self.regular, text, SIZE, width) {
            self.text(x, Cut::Regular, SIZE, &line);
            self.down(LEADING, 0.0);
        }
    }

    fn head(&mut self) {
        let sheet = self.sheet;
        self.text(LEFT, Cut::Bold, 11.0, &sheet.seller.name);
        let what = if sheet.is_quote { self.words.quote } else { self.words.order };
        let title = match &sheet.number {
            Some(number) => format!("{what} {number}"),
            None => what.to_owned(),
        };
        self.text_to(RIGHT, Cut::Bold, 16.0, &title);
        self.down(LEADING + 2.0, 0.0);
        self.block(LEFT, HALF, &sheet.seller.address);
        if !sheet.seller.tax_id.is_empty() {
            self.block(LEFT, HALF, &format!("{} {}", self.words.tax_id, sheet.seller.tax_id));
        }
        self.down(2.0 * LEADING, 0.0);
    }

    /// Who buys, on the left; numbers and days on the right.
    fn facts(&mut self) {
        let (sheet, words) = (self.sheet, self.words);
        let begin = self.y;
        self.text(LEFT, Cut::Bold, SIZE, words.buyer);
        self.down(LEADING, 0.0);
        self.block(LEFT, HALF, &sheet.buyer.lines().join("\n"));
        if let Some(tax_id) = &sheet.buyer.tax_id {
            self.block(LEFT, HALF, &format!("{} {tax_id}", words.tax_id));
        }
        if let Some(delivery) = &sheet.delivery {
            self.down(LEADING / 2.0, 0.0);
            self.text(LEFT, Cut::Bold, SIZE, words.delivery);
            self.down(LEADING, 0.0);
            self.block(LEFT, HALF, &delivery.lines().join("\n"));
        }
        let end = self.y;
        self.y = begin;
        let facts = [
            (words.number, sheet.number.clone()),
            (words.state, (!sheet.is_quote && !sheet.state.is_empty()).then(|| words.state(&sheet.state))),
            (words.date, sheet.order_date.clone()),
            (words.valid_until, sheet.valid_until.clone().filter(|_| sheet.is_quote)),
            (words.delivery_date, sheet.delivery_date.clone()),
            (words.reference, sheet.reference.clone()),
            (words.account, sheet.buyer.external_id.clone()),
            (words.contact, sheet.contact_name.clone()),
            (words.rep, sheet.rep_name.clone()),
        ];
        for (label, value) in facts {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            self.text(320.0, Cut::Regular, SIZE, label);
            for line in wrapped(&self.regular, &value, SIZE, RIGHT - 410.0) {
                self.text(410.0, Cut::Regular, SIZE, &line);
                self.y -= LEADING;
            }
        }
        self.y = self.y.min(end);
        self.down(1.5 * LEADING, 4.0 * LEADING);
    }

    fn columns(&mut self) {
        let words = self.words;
        self.text(LEFT, Cut::Bold, SIZE, words.position);
        self.text(ITEM, Cut::Bold, SIZE, words.item);
        self.text_to(QUANTITY, Cut::Bold, SIZE, words.quantity);
        self.text_to(PRICE, Cut::Bold, SIZE, words.price);
        self.text_to(DISCOUNT, Cut::Bold, SIZE, words.discount);
        self.text_to(RIGHT, Cut::Bold, SIZE, words.amount);
        self.y -= LEADING + 3.0;
        self.rule();
    }

    fn lines(&mut self) {
        self.columns();
        for (place, line) in self.sheet.lines.iter().enumerate() {
            self.line(place + 1, line);
        }
        self.rule();
    }

    fn line(&mut self, place: usize, line: &SheetLine) {
        let name = if line.description.is_empty() { &line.sku } else { &line.description };
        let mut item = wrapped(&self.regular, name, SIZE, ITEM_WIDTH);
        let below: Vec<&str> =
            [line.sku.as_str(), line.unit.as_str()].into_iter().filter(|word| !word.is_empty()).collect();
        item.extend(wrapped(&self.regular, &below.join(" · "), SIZE, ITEM_WIDTH));
        if line.other_discount_minor != 0 {
            let off = self.amount(line.other_discount_minor.saturating_neg());
            item.extend(wrapped(&self.regular, &format!("{} {off}", self.words.other), SIZE, ITEM_WIDTH));
        }
        let height = LEADING * f32::from(u16::try_from(item.len()).unwrap_or(u16::MAX));
        if self.down(0.0, height) {
            self.columns();
        }
        self.text(LEFT, Cut::Regular, SIZE, &place.to_string());
        self.text_to(QUANTITY, Cut::Regular, SIZE, &self.words.whole(line.quantity));
        self.text_to(PRICE, Cut::Regular, SIZE, &self.amount(line.unit_price_minor));
        if line.discount_bp > 0 {
            let percent = self.words.decimal(&super::decimal(line.discount_bp, 2));
            self.text_to(DISCOUNT, Cut::Regular, SIZE, &format!("{percent} %"));
        }
        self.text_to(RIGHT, Cut::Regular, SIZE, &self.amount(line.net_minor));
        for text in item {
            self.text(ITEM, Cut::Regular, SIZE, &text);
            self.down(LEADING, 0.0);
        }
        self.down(3.0, 0.0);
    }

    fn amount(&self, minor: i64) -> String {
        self.words.decimal(&self.sheet.amount(minor))
    }

    fn totals(&mut self) {
        let (sheet, words) = (self.sheet, self.words);
        self.down(2.0, 6.0 * LEADING);
        let mut rows: Vec<(String, String, Cut)> = Vec::new();
        if sheet.header_discount_bp > 0 {
            let percent = words.decimal(&super::decimal(sheet.header_discount_bp, 2));
            rows.push((words.header_discount.to_owned(), format!("{percent} %"), Cut::Regular));
        }
        if sheet.goodwill_minor > 0 {
            rows.push((words.goodwill.to_owned(), self.amount(sheet.goodwill_minor), Cut::Regular));
        }
        if sheet.freight_minor > 0 {
            rows.push((words.freight.to_owned(), self.amount(sheet.freight_minor), Cut::Regular));
        }
        rows.push((words.net.to_owned(), self.amount(sheet.net_minor), Cut::Regular));
        for tax in &sheet.taxes {
            let label = match (tax.rate_bp, tax.base_minor) {
                (Some(rate_bp), Some(base_minor)) => {
                    let percent = words.decimal(&super::decimal(rate_bp, 2));
                    format!("{}, {percent} % {} {}", tax.name, words.tax_on, self.amount(base_minor))
                }
                _ => words.tax.to_owned(),
            };
            rows.push((label, self.amount(tax.tax_minor), Cut::Regular));
        }
        let to_pay = format!("{} {}", sheet.currency, self.amount(sheet.gross_minor));
        rows.push((words.gross.to_owned(), to_pay, Cut::Bold));
        for (label, value, cut) in rows {
            let lines = wrapped(&self.regular, &label, SIZE, RIGHT - 250.0 - 110.0);
            self.text_to(RIGHT, cut, SIZE, &value);
            for line in lines {
                self.text(250.0, cut, SIZE, &line);
                self.down(LEADING, 0.0);
            }
        }
    }

    fn foot(&mut self) {
        let (sheet, words) = (self.sheet, self.words);
        let parts = [
            (words.payment_terms, sheet.payment_terms.as_deref().unwrap_or_default()),
            (words.notes, sheet.notes.as_deref().unwrap_or_default()),
            (words.terms, sheet.seller.order_terms.as_str()),
        ];
        for (label, text) in parts {
            if text.trim().is_empty() {
                continue;
            }
            self.down(LEADING, 2.0 * LEADING);
            self.text(LEFT, Cut::Bold, SIZE, label);
            self.down(LEADING, 0.0);
            self.block(LEFT, WHOLE, text);
        }
    }

    fn number_pages(&mut self) {
        let count = self.pages.len();
        if count < 2 {
            return;
        }
        let mut numbered = Vec::with_capacity(count);
        for page in std::mem::take(&mut self.pages) {
            self.pages.push(page);
            self.y = BOTTOM - 2.0 * LEADING;
            let number = format!("{} / {count}", numbered.len() + 1);
            self.text_to(RIGHT, Cut::Regular, SIZE, &number);
            numbered.append(&mut self.pages);
        }
        self.pages = numbered;
    }

    fn finish(self, language: Language) -> Result<Vec<u8>, FontError> {
        let [catalog, tree, info, regular, bold] = [1, 2, 3, 4, 9].map(Ref::new);
        let first_page = 14;
        let ids = |n: usize| {
            let n = i32::try_from(n).unwrap_or(0);
            (Ref::new(first_page + 2 * n), Ref::new(first_page + 2 * n + 1))
        };
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree).lang(TextStr(language.word()));
        let count = self.pages.len();
        pdf.pages(tree).kids((0..count).map(|n| ids(n).0)).count(i32::try_from(count).unwrap_or(0));
        pdf.document_info(info).title(TextStr(&self.sheet.file_name("pdf"))).producer(TextStr("Roadbook"));
        for (n, content) in self.pages.into_iter().enumerate() {
            let (page_id, content_id) = ids(n);
            let mut page = pdf.page(page_id);
            page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(content_id);
            page.resources().fonts().pair(Name(b"R"), regular).pair(Name(b"B"), bold);
            page.finish();
            pdf.stream(content_id, &content.finish());
        }
        self.regular.write(&mut pdf, regular)?;
        self.bold.write(&mut pdf, bold)?;
        Ok(pdf.finish())
    }
}

/// A text in lines that are no wider than this. A word that is too wide by itself is parted where it has to be.
fn wrapped(font: &Font, text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if font.width(&longer, size) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for c in word.chars() {
                line.push(c);
                if font.width(&line, size) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, c.to_string()));
                }
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sheet::{Party, Seller, SheetTax};

    /// The numbers of glyphs in a file, each with the character that it says it stands for: of the regular cut, then of the bold.
    fn meanings(file: &str) -> Vec<BTreeMap<u16, char>> {
        let mut found = Vec::new();
        for cmap in file.split("begincmap").skip(1) {
            let pairs = cmap.split("endcmap").next().unwrap_or_default().lines().filter_map(|line| {
                let (glyph, character) = line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <")?;
                let units: Vec<u16> = character
                    .as_bytes()
                    .chunks(4)
                    .filter_map(|hex| u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok())
                    .collect();
                Some((u16::from_str_radix(glyph, 16).ok()?, String::from_utf16_lossy(&units).chars().next()?))
            });
            found.push(pairs.collect());
        }
        found
    }

    /// The bytes of a string as the file writes it.
    fn bytes(written: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = written.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            match rest.next().unwrap_or(b'\\') {
                b'n' => bytes.push(b'\n'),
                b'r' => bytes.push(b'\r'),
                b't' => bytes.push(b'\t'),
                b'b' => bytes.push(8),
                b'f' => bytes.push(12),
                digit @ b'0'..=b'7' => {
                    let mut code = digit - b'0';
                    for _ in 0..2 {
                        code = code.wrapping_mul(8).wrapping_add(rest.next().unwrap_or(b'0') - b'0');
                    }
                    bytes.push(code);
                }
                other => bytes.push(other),
            }
        }
        bytes
    }

    /// All that is written on the pages, in its order.
    fn text(file: &[u8]) -> String {
        let shown = String::from_utf8_lossy(file).into_owned();
        let meanings = meanings(&shown);
        let mut text = String::new();
        for part in file.split(|byte| *byte == b'\n') {
            let Some(end) = part.strip_suffix(b" Tj") else { continue };
            let of = |cut: usize| meanings.get(cut);
            let cut = usize::from(text_cut(file, part) == b'B');
            let raw = match end {
                [b'(', inner @ .., b')'] => bytes(inner),
                [b'<', inner @ .., b'>'] => inner
                    .chunks(2)
                    .filter_map(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok())
                    .collect(),
                _ => Vec::new(),
            };
            for pair in raw.chunks_exact(2) {
                let glyph = u16::from_be_bytes([pair[0], pair[1]]);
                text.push(of(cut).and_then(|known| known.get(&glyph)).copied().unwrap_or('\u{fffd}'));
            }
            text.push('\n');
        }
        text
    }

    /// Which cut was chosen last before a part of the file.
    fn text_cut(file: &[u8], part: &[u8]) -> u8 {
        let at = part.as_ptr() as usize - file.as_ptr() as usize;
        let chosen = file[..at].windows(2).rposition(|two| two == b"Tf");
        let line = chosen.map_or(&file[..0], |end| &file[..end]);
        let name = line.iter().rposition(|byte| *byte == b'/').and_then(|slash| line.get(slash + 1));
        name.copied().unwrap_or_default()
    }

    fn sheet() -> OrderSheet {
        OrderSheet {
            is_quote: true,
            currency: "EUR".into(),
            order_date: Some("2026-11-28".into()),
            valid_until: Some("2026-12-28".into()),
            seller: Seller {
                name: "Ñandú & Søn".into(),
                address: "Weg 1\n12345 Łódź".into(),
                ..Seller::default()
            },
            buyer: Party {
                name: "Αθήνα Кафе".into(), city: Some("Wien".into()), ..Party::default()
            },
            lines: vec![SheetLine {
                sku: "T-1".into(),
                description: "Tea".into(),
                quantity: 1_200,
                unit_price_minor: 1_050,
                discount_bp: 250,
                net_minor: 1_228_500,
                ..SheetLine::default()
            }],
            net_minor: 1_228_500,
            taxes: vec![SheetTax {
                name: "VAT".into(),
                rate_bp: Some(1_900),
                base_minor: Some(1_228_500),
                tax_minor: 233_415,
            }],
            tax_minor: 233_415,
            gross_minor: 1_461_915,
            notes: Some("<script>alert(1)</script>\n<a href='http://x'>=1+1</a> (\\) %PDF".into()),
            ..OrderSheet::default()
        }
    }

    #[test]
    fn what_people_wrote_is_text_in_the_file_and_never_markup() -> Result<(), FontError> {
        let file = pdf(&sheet(), Language::En)?;
        assert!(file.starts_with(b"%PDF-"));
        // The fonts come last: what their makers wrote into them is not ours.
        let shown = String::from_utf8_lossy(&file);
        let ours = shown.split("/Type0").next().unwrap_or_default();
        for active in ["/JavaScript", "/JS", "/URI", "/Launch", "/EmbeddedFile", "/OpenAction", "/AA", "http"]
        {
            assert!(!ours.contains(active), "{active}");
        }
        let text = text(&file);
        for said in [
            "<script>alert(1)</script>\n<a href='http://x'>=1+1</a> (\\) %PDF\n",
            "Ñandú & Søn\nQuote\nWeg 1\n12345 Łódź\n",
            "Αθήνα Кафе\nWien\n",
            "1,200\n10.50\n2.50 %\n12,285.00\nTea\nT-1\n",
            "2,334.15\nVAT, 19.00 % on 12,285.00\nEUR 14,619.15\nTo pay\n",
        ] {
            assert!(text.contains(said), "{said:?} in {text}");
        }
        Ok(())
    }

    #[test]
    fn an_order_has_its_number_its_terms_and_lines_that_add_up() -> Result<(), FontError> {
        let mut order = OrderSheet { is_quote: false, number: Some("11078".into()), ..sheet() };
        order.payment_terms = Some("30 days net".into());
        order.seller.order_terms = "Goods stay ours until they are paid.".into();
        // 12 at 21.00, and 30% less by a promotion.
        order.lines = vec![SheetLine {
            sku: "011".into(),
            quantity: 12,
            unit_price_minor: 2_100,
            other_discount_minor: 7_560,
            net_minor: 17_640,
            ..SheetLine::default()
        }];
        let shown = text(&pdf(&order, Language::En)?);
        for said in [
            "Order 11078\n",
            "Number\n11078\n",
            "12\n21.00\n176.40\n",
            "-75.60\n",
            "Payment\n30 days net\n",
            "Terms\nGoods stay ours until they are paid.\n",
        ] {
            assert!(shown.contains(said), "{said:?} in {shown}");
        }
        let quote = OrderSheet { number: Some("Q261128-00C0FFEE".into()), ..sheet() };
        let shown = text(&pdf(&quote, Language::De)?);
        assert!(shown.contains("Angebot Q261128-00C0FFEE\n"), "{shown}");
        Ok(())
    }

    #[test]
    fn another_language_has_its_own_words_and_numbers() -> Result<(), FontError> {
        let text = text(&pdf(&sheet(), Language::De)?);
        assert!(text.contains("Angebot\n") && text.contains("Gültig bis\n2026-12-28\n"), "{text}");
        assert!(text.contains("1.200\n10,50\n2,50 %\n12.285,00\n"), "{text}");
        Ok(())
    }

    #[test]
    fn an_order_says_how_it_stands_so_that_a_cancelled_one_is_none_that_counts() -> Result<(), FontError> {
        let said = |language, state: &str| {
            let order = OrderSheet { is_quote: false, state: state.to_owned(), ..sheet() };
            pdf(&order, language).map(|file| text(&file))
        };
        assert!(said(Language::En, "cancelled")?.contains("Status\nCancelled\n"));
        assert!(said(Language::De, "cancelled")?.contains("Stand\nStorniert\n"));
        assert!(!text(&pdf(&sheet(), Language::En)?).contains("Status"), "a quote says that it is one");
        Ok(())
    }

    #[test]
    fn hundreds_of_lines_and_endless_words_stay_on_their_pages() -> Result<(), FontError> {
        let mut long = sheet();
        let line = SheetLine { description: "x".repeat(500), ..long.lines[0].clone() };
        long.lines = vec![line; 350];
        long.notes = Some("word ".repeat(4_000));
        let file = pdf(&long, Language::En)?;
        let text = text(&file);
        let pages = String::from_utf8_lossy(&file).matches("/Type /Page\n").count();
        assert!(pages > 50, "{pages}");
        assert!(text.contains(&format!("\n{pages} / {pages}\n")), "the last page is numbered");
        assert!(text.contains("\n350\n"), "the last line is there");
        Ok(())
    }
}
