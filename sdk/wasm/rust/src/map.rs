//! Maps of the kernel.

use crate::buffer::{bytes, out, plain_out, plain_text, slice_out, text, zeroed, Plain};
use crate::error::{check, done, handle, Error, Result};
use crate::raw::{code, ig, v2};
use std::mem::size_of;

/// A map: of the gadget's eBPF object, or of the module's own. It is freed when it is dropped; one of the module's
/// own is closed, too.
///
/// ```no_run
/// # fn example() -> gadget::Result<()> {
/// let counts = gadget::Map::get("counts")?;
/// for entry in counts.entries::<u32, u64>() {
///     let (pid, count) = entry?;
///     gadget::info!("{}: {}", pid, count);
/// }
/// counts.delete(&7u32)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Map {
    handle: u32,
    own: bool,
}

/// Types of maps: those of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum MapType {
    Hash = 1,
    Array = 2,
    ProgramArray = 3,
    PerfEventArray = 4,
    PerCpuHash = 5,
    PerCpuArray = 6,
    StackTrace = 7,
    CgroupArray = 8,
    LruHash = 9,
    LruCpuHash = 10,
    LpmTrie = 11,
    ArrayOfMaps = 12,
    HashOfMaps = 13,
    DevMap = 14,
    SockMap = 15,
    CpuMap = 16,
    XskMap = 17,
    SockHash = 18,
    CgroupStorageOld = 19,
    ReusePortSockArray = 20,
    PerCpuCgroupStorage = 21,
    Queue = 22,
    Stack = 23,
    SkStorage = 24,
    DevMapHash = 25,
    StructOpsMap = 26,
    RingBuf = 27,
    InodeStorage = 28,
    TaskStorage = 29,
    BloomFilter = 30,
    UserRingbuf = 31,
    CgroupStorage = 32,
    Arena = 33,
}

/// What map to make.
#[derive(Clone, Copy, Debug)]
pub struct MapSpec<'a> {
    /// For people who look at the maps of the machine.
    pub name: &'a str,
    /// Its type.
    pub map_type: MapType,
    /// Bytes of a key.
    pub key_size: u32,
    /// Bytes of a value.
    pub value_size: u32,
    /// Entries at most.
    pub max_entries: u32,
}

/// What an update may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Update {
    /// Make or change an entry.
    Any = 0,
    /// Make one.
    NoExist = 1,
    /// Change one.
    Exist = 2,
    /// Change one under its spin lock.
    Lock = 4,
}

/// What [`Map::lookup_batch`] read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRead {
    /// Entries.
    pub count: usize,
    /// There are no more.
    pub is_last: bool,
}

impl Map {
    /// A map of the gadget's eBPF object, from `start` on.
    pub fn get(name: &str) -> Result<Map> {
        let map = unsafe { ig::get_map(text(name)) };
        let handle = handle(map, || format!("map {:?} not found", name).into())?;
        Ok(Map { handle, own: false })
    }

    /// Makes a map.
    pub fn new(spec: &MapSpec<'_>) -> Result<Map> {
        let MapSpec {
            name,
            map_type,
            key_size,
            value_size,
            max_entries,
        } = *spec;
        let map = unsafe {
            ig::new_map(
                text(name),
                map_type as u32,
                key_size,
                value_size,
                max_entries,
            )
        };
        let handle = handle(map, || format!("making map {:?}", name).into())?;
        Ok(Map { handle, own: true })
    }

    /// Frees it, as dropping it does.
    pub fn close(self) -> Result<()> {
        let result = self.free();
        std::mem::forget(self);
        done(result, "closing a map")
    }

    fn free(&self) -> u32 {
        if self.own {
            unsafe { ig::map_release(self.handle) }
        } else {
            unsafe { ig::release_handle(self.handle) }
        }
    }

    /// Its handle, for [`raw`](crate::raw) functions.
    pub fn handle(&self) -> u32 {
        self.handle
    }

    /// The value of a key. There being none is an error.
    pub fn lookup<K: Plain, V: Plain>(&self, key: &K) -> Result<V> {
        let mut value: V = zeroed();
        let result = unsafe { ig::map_lookup(self.handle, plain_text(key), plain_out(&mut value)) };
        done(result, "looking up a key of a map").map(|()| value)
    }

    /// Copies the value of a key to `value`, which must have room for it. In per-CPU maps it is those of all CPUs,
    /// one after the other, each rounded up to 8 bytes.
    pub fn lookup_bytes(&self, key: &[u8], value: &mut [u8]) -> Result<()> {
        let result = unsafe { ig::map_lookup(self.handle, bytes(key), out(value)) };
        done(result, "looking up a key of a map")
    }

    /// The inner map of a key, in a map of maps.
    pub fn lookup_map<K: Plain>(&self, key: &K) -> Result<Map> {
        Ok(Map {
            handle: self.lookup(key)?,
            own: false,
        })
    }

    /// Sets the value of a key.
    pub fn put<K: Plain, V: Plain>(&self, key: &K, value: &V) -> Result<()> {
        self.update(key, value, Update::Any)
    }

    /// Sets the value of a key, under a condition.
    pub fn update<K: Plain, V: Plain>(&self, key: &K, value: &V, what: Update) -> Result<()> {
        let (key, value) = (plain_text(key), plain_text(value));
        let result = unsafe { ig::map_update(self.handle, key, value, what as u64) };
        done(result, "updating a map")
    }

    /// Sets the bytes of the value of a key, under a condition.
    pub fn update_bytes(&self, key: &[u8], value: &[u8], what: Update) -> Result<()> {
        let result = unsafe { ig::map_update(self.handle, bytes(key), bytes(value), what as u64) };
        done(result, "updating a map")
    }

    /// Sets the inner map of a key, in a map of maps.
    pub fn put_map<K: Plain>(&self, key: &K, inner: &Map) -> Result<()> {
        self.put(key, &inner.handle)
    }

    /// Deletes a key.
    pub fn delete<K: Plain>(&self, key: &K) -> Result<()> {
        let result = unsafe { ig::map_delete(self.handle, plain_text(key)) };
        done(result, "deleting a key of a map")
    }

    /// Deletes a key, given as bytes.
    pub fn delete_bytes(&self, key: &[u8]) -> Result<()> {
        done(
            unsafe { ig::map_delete(self.handle, bytes(key)) },
            "deleting a key of a map",
        )
    }

    /// The key after `key`, the first of all if that is `None`; `None` after the last. *(v2)*
    pub fn next_key<K: Plain>(&self, key: Option<&K>) -> Result<Option<K>> {
        let mut next: K = zeroed();
        let key = key.map_or(0, plain_text);
        match unsafe { v2::map_next_key(self.handle, key, plain_out(&mut next)) } {
            code::END => Ok(None),
            number => check(number).map(|()| Some(next)),
        }
    }

    /// Reads and deletes in one step. *(v2)*
    pub fn take<K: Plain, V: Plain>(&self, key: &K) -> Result<V> {
        let mut value: V = zeroed();
        let (key, out) = (plain_text(key), plain_out(&mut value));
        check(unsafe { v2::map_lookup_and_delete(self.handle, key, out) })?;
        Ok(value)
    }

    /// Reads as many entries as fit into the slices. `cursor` is 0 at the start and goes from call to call. With
    /// `delete`, what was read is gone from the map. *(v2)*
    pub fn lookup_batch<K: Plain, V: Plain>(
        &self,
        cursor: &mut u32,
        keys: &mut [K],
        values: &mut [V],
        delete: bool,
    ) -> Result<BatchRead> {
        let mut count = keys.len().min(values.len()) as u32;
        let number = unsafe {
            let (keys, values) = (slice_out(keys), slice_out(values));
            v2::map_lookup_batch(self.handle, cursor, keys, values, &mut count, delete as u32)
        };
        if number != code::END {
            check(number)?;
        }
        Ok(BatchRead {
            count: count as usize,
            is_last: number == code::END,
        })
    }

    /// All entries. They are read 64 at a time; an error is the last item. *(v2)*
    pub fn entries<K: Plain, V: Plain>(&self) -> impl Iterator<Item = Result<(K, V)>> + '_ {
        Entries {
            map: self,
            cursor: 0,
            read: Vec::new(),
            is_last: false,
        }
    }

    /// The value of one CPU in a per-CPU map. *(v2)*
    pub fn lookup_cpu<K: Plain, V: Plain>(&self, key: &K, cpu: u32) -> Result<V> {
        let mut value: V = zeroed();
        let (key, out) = (plain_text(key), plain_out(&mut value));
        check(unsafe { v2::map_lookup_cpu(self.handle, key, cpu, out) })?;
        Ok(value)
    }

    /// The values of all CPUs in a per-CPU map. *(v2)*
    pub fn lookup_cpus<K: Plain, V: Plain>(&self, key: &K) -> Result<Vec<V>> {
        let slot = (size_of::<V>() + 7) & !7;
        let mut all = vec![0u8; slot * crate::cpu_count()? as usize];
        let result = unsafe { ig::map_lookup(self.handle, plain_text(key), out(&mut all)) };
        done(result, "looking up a key of a map")?;
        let value = |at: &[u8]| unsafe { std::ptr::read_unaligned(at.as_ptr() as *const V) };
        Ok(all.chunks_exact(slot.max(1)).map(value).collect())
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        self.free();
    }
}

const ENTRIES_AT_ONCE: usize = 64;

struct Entries<'a, K, V> {
    map: &'a Map,
    cursor: u32,
    read: Vec<(K, V)>, // backwards
    is_last: bool,
}

impl<K: Plain, V: Plain> Entries<'_, K, V> {
    fn fill(&mut self) -> std::result::Result<(), Error> {
        let mut keys: [K; ENTRIES_AT_ONCE] = [zeroed(); ENTRIES_AT_ONCE];
        let mut values: [V; ENTRIES_AT_ONCE] = [zeroed(); ENTRIES_AT_ONCE];
        let read = self
            .map
            .lookup_batch(&mut self.cursor, &mut keys, &mut values, false)?;
        self.is_last = read.is_last || read.count == 0;
        self.read = (0..read.count.min(ENTRIES_AT_ONCE))
            .rev()
            .map(|i| (keys[i], values[i]))
            .collect();
        Ok(())
    }
}

impl<K: Plain, V: Plain> Iterator for Entries<'_, K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.read.is_empty() && !self.is_last {
            if let Err(error) = self.fill() {
                self.is_last = true;
                return Some(Err(error));
            }
        }
        self.read.pop().map(Ok)
    }
}
