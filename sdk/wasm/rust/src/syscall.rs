//! System calls of the machine.

use crate::buffer::{out, plain_out, text, until_nul, zeroed, Plain};
use crate::error::{check, done, Code, Error, Result};
use crate::raw::{ig, v2};

/// What a system call takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it is an address.
    pub is_pointer: bool,
}

const NAME_SIZE: usize = 32;
const PARAMETERS: usize = 6;
const POINTER: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
struct RawParameter {
    name: [u8; NAME_SIZE],
    flags: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct RawDeclaration {
    name: [u8; NAME_SIZE],
    count: u8,
    padding: [u8; 3],
    parameters: [RawParameter; PARAMETERS],
}
unsafe impl Plain for RawDeclaration {}

fn owned(bytes: &[u8]) -> String {
    String::from_utf8_lossy(until_nul(bytes)).into_owned()
}

/// The name of a system call; `syscall_HEX` for a number that none has.
pub fn syscall_name(id: u32) -> Result<String> {
    let mut name = [0u8; 64];
    let result = unsafe { ig::get_syscall_name(id, out(&mut name)) };
    done(result, "getting the name of a system call").map(|()| owned(&name))
}

/// The number of a system call.
pub fn syscall_id(name: &str) -> Result<u32> {
    let id = unsafe { ig::get_syscall_id(text(name)) };
    u32::try_from(id)
        .map_err(|_| Error::new(Code::Failed, format!("system call {:?} not found", name)))
}

/// What a system call takes. Keep the answer: the host reads it from the kernel each time.
pub fn syscall_declaration(name: &str) -> Result<Declaration> {
    let mut raw: RawDeclaration = zeroed();
    let result = unsafe { ig::get_syscall_declaration(text(name), plain_out(&mut raw)) };
    if result != 0 {
        return Err(Error::new(
            Code::Failed,
            format!("declaration of system call {:?} not found", name),
        ));
    }
    let parameters = raw
        .parameters
        .iter()
        .take(raw.count as usize)
        .map(|parameter| Parameter {
            name: owned(&parameter.name),
            is_pointer: parameter.flags & POINTER != 0,
        });
    Ok(Declaration {
        name: owned(&raw.name),
        parameters: parameters.collect(),
    })
}

/// Numbers of system calls are smaller than this. *(v2)*
pub fn syscall_count() -> Result<u32> {
    let mut count = 0;
    check(unsafe { v2::syscall_count(&mut count) }).map(|()| count)
}
