//! What Redis does in one step: a script for each operation that is more than one command.
//!
//! Redis runs a script as a whole, with nothing in between. It does not undo what a script has done when it
//! fails half way: so each looks at everything first, and the write that matters most comes first.

use redis::Script;

pub(super) const DONE: i64 = 0;
pub(super) const CONFLICT: i64 = 1;
pub(super) const GONE: i64 = 2;

/// What every script may use. Numbers are written with all their digits, as Lua would round them.
const SHARED: &str = "
local function number(n) return string.format('%.0f', n) end
local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
";

/// KEYS: the session, its subject, and its sid where it has one.
/// ARGV: its hash, how many milliseconds it lasts, its record.
///
/// An index lives until the last of its sessions ends, and some of those that have ended leave with each write.
const KEEP: &str = "
local function enlist(index, ends)
    local ended = redis.call('ZRANGEBYSCORE', index, '-inf', number(now()), 'LIMIT', 0, 100)
    if #ended > 0 then redis.call('ZREM', index, unpack(ended)) end
    redis.call('ZADD', index, number(ends), ARGV[1])
    local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
    redis.call('PEXPIREAT', index, number(last[2]))
end
local function keep()
    local ends = now() + ARGV[2]
    enlist(KEYS[2], ends)
    if KEYS[3] then enlist(KEYS[3], ends) end
    redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2])
end
";

const INSERT: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
keep()
return 1
";

/// ARGV[4]: what the record of the expected version begins with. Versions are compared as text: they are larger than
/// Lua's numbers.
const REPLACE: &str = "
local version = redis.call('GETRANGE', KEYS[1], 0, #ARGV[4] - 1)
if string.sub(version, 1, 1) ~= 'S' then return 2 end
if version ~= ARGV[4] then return 1 end
keep()
return 0
";

/// KEYS: the session. ARGV: its hash, for how many milliseconds it is remembered, the prefix of all keys.
///
/// Whatever is under the key goes, also what is no session. The names of the indexes are only known here. The
/// tombstone of a tombstone lasts as long as the longer of the two.
const REMOVE: &str = "
local kept = redis.pcall('GETRANGE', KEYS[1], 0, 164)
if type(kept) ~= 'string' then kept = '' end
local remember = tonumber(ARGV[2])
if kept == 'E' then remember = math.max(remember, redis.call('PTTL', KEYS[1])) end
-- A full Redis refuses SET unless the script has written before, and DEL is never refused: ends must get through.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], 'E', 'PX', number(remember))
if string.sub(kept, 1, 1) ~= 'S' then return 0 end
redis.pcall('ZREM', ARGV[3] .. ':subject:' .. string.sub(kept, 38, 101), ARGV[1])
redis.pcall('ZREM', ARGV[3] .. ':sid:' .. string.sub(kept, 102, 165), ARGV[1])
return 1
";

const LIST: &str = "
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. number(now()), '+inf')
";

const LEASE: &str = "
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
";

const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
";

const MARK: &str = "
local highest = ARGV[1]
local kept = redis.call('GET', KEYS[1])
if kept and kept > highest then highest = kept end
local lasts = math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], highest, 'PX', number(lasts))
";

/// The scripts, with the hashes that Redis knows them by.
pub(super) struct Scripts {
    pub(super) insert: Script,
    pub(super) replace: Script,
    pub(super) remove: Script,
    pub(super) list: Script,
    pub(super) lease: Script,
    pub(super) release: Script,
    pub(super) mark: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let script = |parts: &[&str]| Script::new(&parts.concat());
        Scripts {
            insert: script(&[SHARED, KEEP, INSERT]),
            replace: script(&[SHARED, KEEP, REPLACE]),
            remove: script(&[SHARED, REMOVE]),
            list: script(&[SHARED, LIST]),
            lease: script(&[LEASE]),
            release: script(&[RELEASE]),
            mark: script(&[SHARED, MARK]),
        }
    }
}

/// A number as text that sorts as the numbers do.
pub(super) fn sortable(value: i64) -> String {
    format!("{:016x}", value.cast_unsigned() ^ (1 << 63))
}

pub(super) fn number_in(digits: &[u8]) -> Option<i64> {
    let sixteen = digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| sixteen)?;
    u64::from_str_radix(digits, 16).ok().map(|value| (value ^ (1 << 63)).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_text() {
        let numbers =
            [i64::MIN, i64::MIN + 1, -1_000, -1, 0, 1, 9, 10, 1_763_735_555, i64::MAX - 1, i64::MAX];
        let texts = numbers.map(sortable);
        assert!(texts.is_sorted());
        assert_eq!(texts.each_ref().map(|text| number_in(text.as_bytes())), numbers.map(Some));
        for foreign in ["", "5", "xxxxxxxxxxxxxxxx", "+000000000000001", "00000000000000000"] {
            assert_eq!(number_in(foreign.as_bytes()), None);
        }
    }
}
