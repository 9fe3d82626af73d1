//! What crossed a connection, taken apart for a test to look at.

use roadbook_protocol::entry::Entry;
use roadbook_protocol::frame::{ErrorFrame, Welcome};
use roadbook_protocol::page::PageBody;
use roadbook_protocol::{Frame, Item, Receipt};

/// What crossed one connection, in order of delivery on each side.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    /// Frames to the server.
    pub up: Vec<Frame>,
    /// Frames to the device.
    pub down: Vec<Frame>,
}

impl Talk {
    /// The words of the frames to the server.
    pub fn words_up(&self) -> Vec<&'static str> {
        self.up.iter().map(Frame::word).collect()
    }

    /// The words of the frames to the device.
    pub fn words_down(&self) -> Vec<&'static str> {
        self.down.iter().map(Frame::word).collect()
    }

    /// The welcome.
    pub fn welcome(&self) -> Option<&Welcome> {
        self.down.iter().find_map(|frame| if let Frame::Welcome(it) = frame { Some(it) } else { None })
    }

    /// The error that ended it.
    pub fn error(&self) -> Option<&ErrorFrame> {
        self.down.iter().find_map(|frame| if let Frame::Error(it) = frame { Some(it) } else { None })
    }

    /// The receipts, in order.
    pub fn receipts(&self) -> Vec<Receipt> {
        receipts(&self.down)
    }

    /// What the pages held, in order.
    pub fn pages(&self) -> Vec<PageBody> {
        pages(&self.down)
    }

    /// The entries of the pages, with their positions.
    pub fn entries(&self) -> Vec<(u64, Entry)> {
        entries(&self.pages())
    }

    /// The pushed items, in order.
    pub fn items(&self) -> Vec<Item> {
        let pushes =
            self.up.iter().filter_map(|frame| if let Frame::Push(it) = frame { Some(it) } else { None });
        let items = pushes.flat_map(|push| push.unpack().expect("a phone packs well"));
        items.map(|bytes| Item::read(&bytes).expect("a phone writes well")).collect()
    }
}

/// The receipts in frames, in order.
pub fn receipts(frames: &[Frame]) -> Vec<Receipt> {
    let frames =
        frames.iter().filter_map(|frame| if let Frame::Receipts(it) = frame { Some(it) } else { None });
    frames.flat_map(|frame| frame.receipts.clone()).collect()
}

/// What the pages among frames hold, in order.
pub fn pages(frames: &[Frame]) -> Vec<PageBody> {
    let pages = frames.iter().filter_map(|frame| if let Frame::Page(it) = frame { Some(it) } else { None });
    pages.map(|page| page.open().expect("a server packs well").body).collect()
}

/// The entries of pages, with their positions.
pub fn entries(pages: &[PageBody]) -> Vec<(u64, Entry)> {
    let rows = pages.iter().flat_map(|page| &page.entries);
    rows.map(|row| {
        let entry = roadbook_protocol::decode("entry", &row.payload.0);
        (row.position, entry.expect("a server writes well"))
    })
    .collect()
}
