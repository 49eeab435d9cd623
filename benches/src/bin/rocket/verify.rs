//! Signatures verified and nothing else (ES384, aws-lc): the floor under a token that was never seen before.

use std::io::{self, BufRead};
use std::thread;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_benches::{cpu, server};

use crate::Outcome;

/// What is signed, and the signature.
type Signed = (String, Vec<u8>);

/// Each line of input is a number of verifications to do, on as many threads as there are processors. The answer is the
/// CPU time of them all, in nanoseconds.
pub(crate) fn run(x: &str, y: &str, tokens: &[String]) -> Outcome<()> {
    let mut point = vec![4];
    point.extend(URL_SAFE_NO_PAD.decode(x)?);
    point.extend(URL_SAFE_NO_PAD.decode(y)?);
    let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
    let tokens: Vec<Signed> = tokens.iter().map(|token| split(token)).collect::<Outcome<_>>()?;
    let threads = thread::available_parallelism()?.get();
    server::say("ready")?;
    for line in io::stdin().lock().lines() {
        let each = line?.trim().parse::<usize>()? / threads;
        let times = thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(|| verify(&key, &tokens, each))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().map_err(|_| "a thread panicked")?)
                .collect::<Result<Vec<u64>, &str>>()
        })?;
        let spent: u64 = times.iter().sum();
        server::say(&format!("{spent} {}", each * threads))?;
    }
    Ok(())
}

fn split(token: &str) -> Outcome<Signed> {
    let (message, signature) = token.rsplit_once('.').ok_or("a token without a signature")?;
    Ok((message.to_owned(), URL_SAFE_NO_PAD.decode(signature)?))
}

fn verify(key: &UnparsedPublicKey<Vec<u8>>, tokens: &[Signed], count: usize) -> Result<u64, &'static str> {
    let time = || cpu::of_this_thread().map_err(|_| "no statistics of threads");
    let before = time()?;
    for (message, signature) in tokens.iter().cycle().take(count) {
        key.verify(message.as_bytes(), signature).map_err(|_| "a good signature was refused")?;
    }
    Ok(time()?.saturating_sub(before))
}
