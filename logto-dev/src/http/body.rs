//! Response bodies, including faulty ones.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body that is sent in pieces, possibly slowly or incompletely.
pub(crate) struct WireBody {
    announced: u64,
    rest: Bytes,
    piece: usize,
    pace: Option<Duration>,
    pause: Option<Pin<Box<Sleep>>>,
    breaks_off: bool,
}

impl WireBody {
    pub(crate) fn whole(body: Vec<u8>) -> Self {
        let rest = Bytes::from(body);
        let announced = rest.len() as u64;
        Self { announced, piece: rest.len(), rest, pace: None, pause: None, breaks_off: false }
    }

    /// Announces the whole body and closes the connection half-way.
    pub(crate) fn truncated(body: Vec<u8>) -> Self {
        let mut truncated = Self::whole(body);
        truncated.rest = truncated.rest.slice(..truncated.rest.len() / 2);
        truncated.breaks_off = true;
        // Time to send the headers and half the body before the connection is closed.
        truncated.pace = Some(Duration::from_millis(20));
        truncated
    }

    /// Sends one byte at a time.
    pub(crate) fn dripping(body: Vec<u8>, pace: Duration) -> Self {
        Self { piece: 1, pace: Some(pace), ..Self::whole(body) }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
        }
        if this.rest.is_empty() {
            let broken = this.breaks_off.then(|| Err(io::ErrorKind::ConnectionAborted.into()));
            return Poll::Ready(broken);
        }
        this.pause = this.pace.map(|pace| Box::pin(sleep(pace)));
        let piece = this.rest.split_to(this.piece.min(this.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.breaks_off
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}

/// The body of a request that this crate sends.
pub(crate) struct FormBody(pub(crate) Option<Bytes>);

impl Body for FormBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
