//! An enrolment code as a link, and the link as a QR code: on the terminal or as a picture.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use roadbook_protocol::enrol::EnrolLink;
use roadbook_replica::DeviceError;
use roadbook_replica::transport::{Address, TransportError};
use roadbook_server::qr::Qr;

use crate::database::DatabaseArgs;
use crate::problem::Problem;

/// How a code is shown.
#[derive(Debug, Args)]
pub struct LinkArgs {
    /// The server's public address, for the link. Without it, what the server that runs on the data folder says.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    picture: PictureArgs,
}

/// Whether its link is to be scanned.
#[derive(Debug, Args)]
pub struct PictureArgs {
    /// Show the link as a QR code too.
    #[arg(long)]
    qr: bool,
    /// Write the QR code as a picture. Whoever sees it can enrol: it is readable by you alone.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
}

/// What is shown beside a code, and the picture to write it to: all that can fail is behind it, because a code is shown
/// once.
pub struct Frame {
    qr: bool,
    picture: Option<File>,
}

impl LinkArgs {
    /// Checks the address and makes the picture's file; gives the address, too.
    ///
    /// # Errors
    /// `bad_server_address`; `file_access`.
    pub fn prepare(&self, database: &DatabaseArgs) -> Result<(String, Frame)> {
        let origin = Address::parse(&database.public_url(self.url.as_deref()))
            .map_err(DeviceError::from)?
            .origin()
            .to_owned();
        if Qr::of(&link(&origin, "XXXX-XXXX-XXXX")).is_err() {
            return Err(DeviceError::from(TransportError::BadAddress(origin)).into());
        }
        let frame = self.picture.prepare()?;
        Ok((origin, frame))
    }
}

impl PictureArgs {
    /// Makes the picture's file.
    ///
    /// # Errors
    /// `file_access`.
    pub fn prepare(&self) -> Result<Frame> {
        Ok(Frame { qr: self.qr, picture: self.png.as_ref().map(create).transpose()? })
    }
}

impl Frame {
    /// A code and its link, for people.
    ///
    /// # Errors
    /// When the picture cannot be written.
    pub fn show(mut self, code: &str, url: &str) -> Result<String> {
        let qr = Qr::of(url)?;
        if let Some(file) = &mut self.picture {
            file.write_all(&qr.png()?)?;
            file.sync_all()?;
        }
        Ok(if self.qr { format!("{code}\n{url}\n\n{}", qr.text()) } else { code.to_owned() })
    }
}

/// The link of a code.
pub fn link(origin: &str, code: &str) -> String {
    EnrolLink { origin: origin.to_owned(), code: code.to_owned() }.to_string()
}

fn create(path: &PathBuf) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let unopened = |error| Problem::new("file_access", format!("{}: {error}", path.display()));
    Ok(options.open(path).map_err(unopened)?)
}
