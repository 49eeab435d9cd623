//! What kind of request it is: a navigation, a script, a prefetch, a handshake; and under which spelling of a path.

mod forms;
mod navigations;
mod paths;
mod prefetches;
mod schemes;
mod scripts;
mod sign_outs;
mod websockets;
