//! A brief as a page to print: one HTML document, complete in itself, without script or anything to fetch. Behind each
//! statement stand the numbers of what it was read from, and the end says what each number is: on paper, too.

use std::fmt::Write as _;

use super::words::{heading, nothing, origin};
use super::{Brief, Section, Source, Statement};

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:11pt/1.4 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:46rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem;margin:0}\
h2{font-size:1.05rem;margin:1.4rem 0 .3rem;border-bottom:1px solid #999}\
p{margin:.2rem 0}ul{margin:.3rem 0;padding-left:1.2rem}li{margin:.15rem 0;overflow-wrap:anywhere}\
.quiet{color:#555}a{color:inherit}ol{font-size:.85rem;columns:2}\
@page{margin:18mm}\
@media print{body{margin:0;max-width:none;padding:0}h2{break-after:avoid}li{break-inside:avoid}}";

impl Brief {
    /// The brief as a page. Every text in it is escaped: what people write cannot become markup.
    pub fn to_html(&self) -> String {
        let name = escaped(&self.name);
        let day = self.day;
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Brief: {name}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n\
             <p class=\"quiet\">Brief as of <time datetime=\"{day}\">{}</time></p>\n",
            day.words()
        );
        let mut origins = Origins::default();
        for section in &self.sections {
            write_section(&mut page, section, &mut origins);
        }
        origins.write(&mut page);
        page.push_str("</body>\n</html>\n");
        page
    }
}

/// What the statements were read from, each once, in the order in which it is first named.
#[derive(Default)]
struct Origins(Vec<String>);

impl Origins {
    /// The number of a source, from 1. Two that differ in the fields alone are one record.
    fn number(&mut self, source: &Source) -> usize {
        let words = origin(source);
        let known = self.0.iter().position(|known| *known == words);
        known.unwrap_or_else(|| {
            self.0.push(words);
            self.0.len() - 1
        }) + 1
    }

    /// The numbers behind a statement, each leading to what it is.
    fn behind(&mut self, statement: &Statement) -> String {
        let mut numbers: Vec<usize> = statement.sources.iter().map(|source| self.number(source)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let links: Vec<String> = numbers.iter().map(|n| format!("<a href=\"#source-{n}\">{n}</a>")).collect();
        let more = match statement.source_count - statement.sources.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("<span class=\"quiet\">[{}{more}]</span>", links.join(", "))
    }

    fn write(&self, page: &mut String) {
        if self.0.is_empty() {
            return;
        }
        page.push_str("<section>\n<h2>Where it stands</h2>\n<ol>\n");
        for (place, words) in self.0.iter().enumerate() {
            let _ = writeln!(page, "<li id=\"source-{}\">{}</li>", place + 1, escaped(words));
        }
        page.push_str("</ol>\n</section>\n");
    }
}

fn write_section(page: &mut String, section: &Section, origins: &mut Origins) {
    // Writing into a string cannot fail.
    let _ = write!(page, "<section>\n<h2>{}</h2>\n", heading(section.section));
    if section.statements.is_empty() {
        let _ = writeln!(page, "<p class=\"quiet\">{}</p>", nothing(section.section));
    } else {
        page.push_str("<ul>\n");
        for statement in &section.statements {
            let _ = writeln!(page, "<li>{} {}</li>", escaped(&statement.text), origins.behind(statement));
        }
        page.push_str("</ul>\n");
    }
    if section.left_out > 0 {
        let _ = writeln!(page, "<p class=\"quiet\">{} more</p>", section.left_out);
    }
    page.push_str("</section>\n");
}

/// A text as HTML, fit for content and quoted attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
