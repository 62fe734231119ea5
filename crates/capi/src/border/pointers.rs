//! Structs and answers in the caller's memory.
//!
//! Structs begin with their size, as the caller knows it: a caller that was compiled when the struct was shorter passes
//! less, and what it does not pass is zero; one that was compiled later passes more, and what is not known here is not read.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

use grantrie::Code;

/// The longest distance between two items of an array, in bytes: far more than any struct will have.
const MAX_ITEM_BYTES: usize = 4_096;

/// A struct that later versions may make longer.
///
/// # Safety
/// Its first field is its size as a `u32`, zero is a value of every field, and it is `repr(C)` and `Copy`.
pub(crate) unsafe trait Growable: Copy {
    /// The bytes that the first version of the struct had: no caller passes less.
    const FIRST_SIZE: usize;
}

/// A pointer to one struct of the caller's, to be read.
pub(crate) struct In<'a, T>(*const T, PhantomData<&'a T>);

/// A pointer to one value of the caller's, to be written.
pub(crate) struct Out<'a, T>(*mut T, PhantomData<&'a mut T>);

/// An array of the caller's, to be read.
pub(crate) struct Items<'a, T>(*const T, usize, PhantomData<&'a T>);

/// An array of the caller's, to be written, its items so many bytes apart.
pub(crate) struct ItemsOut<'a, T> {
    first: *mut u8,
    stride: usize,
    count: usize,
    of: PhantomData<&'a mut T>,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

impl<T> Clone for Out<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Out<'_, T> {}

impl<T> Clone for ItemsOut<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ItemsOut<'_, T> {}

impl<'a, T: Growable> In<'a, T> {
    /// # Safety
    /// Null, or a struct of the caller's that begins with its size, valid for `'a`.
    #[inline]
    pub(crate) const unsafe fn new(pointer: *const T) -> Self {
        Self(pointer, PhantomData)
    }

    /// The struct, as long as the caller made it.
    #[inline]
    pub(crate) fn read(self) -> Result<T, Code> {
        if self.0.is_null() || !self.0.is_aligned() {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: neither null nor misaligned, so, as `new` demands, a struct that begins with its size.
        let size = unsafe { self.0.cast::<u32>().read() } as usize;
        if size >= size_of::<T>() {
            // SAFETY: the struct has at least as many bytes as are read.
            return Ok(unsafe { self.0.read() });
        }
        if size < T::FIRST_SIZE {
            return Err(Code::InvalidArgument);
        }
        let mut whole = MaybeUninit::<T>::zeroed();
        // SAFETY: the struct has `size` bytes, which are fewer than there is room for; the rest is zero, which `Growable`
        // allows.
        unsafe {
            ptr::copy_nonoverlapping(self.0.cast::<u8>(), whole.as_mut_ptr().cast::<u8>(), size);
            Ok(whole.assume_init())
        }
    }

    /// The struct, or nothing where the pointer is null.
    pub(crate) fn read_if_given(self) -> Result<Option<T>, Code> {
        if self.0.is_null() { Ok(None) } else { self.read().map(Some) }
    }
}

impl<'a, T: Copy> Out<'a, T> {
    /// # Safety
    /// Null, or memory of the caller's for one value, valid for `'a`.
    #[inline]
    pub(crate) const unsafe fn new(pointer: *mut T) -> Self {
        Self(pointer, PhantomData)
    }

    /// Writes the value; an error, if there is nowhere to write it.
    #[inline]
    pub(crate) fn write(self, value: T) -> Result<(), Code> {
        if self.0.is_null() || !self.0.is_aligned() {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: neither null nor misaligned, so, as `new` demands, room for one value.
        unsafe { self.0.write(value) };
        Ok(())
    }

    /// Writes the value where it is wanted: null says that it is not.
    pub(crate) fn write_if_wanted(self, value: T) -> Result<(), Code> {
        if self.0.is_null() { Ok(()) } else { self.write(value) }
    }
}

impl<'a, T: Growable> Out<'a, T> {
    /// Writes as much of the value as the caller has room for, and leaves its size as it is. The first bytes, which every
    /// version has, are written even if the size is wrong, which is an error then.
    #[inline]
    pub(crate) fn fill(self, value: &T) -> Result<(), Code> {
        if self.0.is_null() || !self.0.is_aligned() {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: neither null nor misaligned, so, as `new` demands, a struct that begins with its size.
        let said = unsafe { self.0.cast::<u32>().read() } as usize;
        let size = said.clamp(T::FIRST_SIZE, size_of::<T>());
        // SAFETY: no version of the struct is shorter than the first, so `size` bytes of it are the caller's.
        unsafe { fill(self.0.cast::<u8>(), value, size) };
        if said < T::FIRST_SIZE { Err(Code::InvalidArgument) } else { Ok(()) }
    }
}

/// Writes the first `size` bytes of the value but its size.
///
/// # Safety
/// There is room for them.
#[inline]
unsafe fn fill<T: Growable>(to: *mut u8, value: &T, size: usize) {
    let skipped = size_of::<u32>();
    let from = ptr::from_ref(value).cast::<u8>();
    // SAFETY: `size` is at most the value's own, at least that of its first field, and the caller has room for it.
    let copy = |size: usize| unsafe { ptr::copy_nonoverlapping(from.add(skipped), to.add(skipped), size - skipped) };
    // A size that is known here is a few moves, another one a call.
    if size == size_of::<T>() { copy(size_of::<T>()) } else { copy(size) }
}

impl<'a, T: Copy> Items<'a, T> {
    /// # Safety
    /// Null, or so many items of the caller's one after the other, valid for `'a`.
    #[inline]
    pub(crate) const unsafe fn new(first: *const T, count: usize) -> Self {
        Self(first, count, PhantomData)
    }

    /// The items, if there are not more than `most`.
    pub(crate) fn get(&self, most: usize) -> Result<&'a [T], Code> {
        let Self(first, count, _) = *self;
        if count == 0 {
            return Ok(&[]);
        }
        if first.is_null() || !first.is_aligned() || count > most || !fits(first.addr(), size_of::<T>(), count) {
            return Err(Code::InvalidArgument);
        }
        // SAFETY: neither null nor misaligned, no longer than memory is, so, as `new` demands, `count` items.
        Ok(unsafe { std::slice::from_raw_parts(first, count) })
    }
}

impl<'a, T: Growable> Items<'a, T> {
    /// # Safety
    /// As [`new`](Self::new), the items so many bytes apart.
    pub(crate) unsafe fn read_all(first: *const T, stride: usize, count: usize, most: usize) -> Result<Vec<T>, Code> {
        checked(first.addr(), first.is_aligned(), stride, T::FIRST_SIZE, align_of::<T>(), count, most)?;
        let bytes = stride.min(size_of::<T>());
        let one = |index: usize| {
            let mut whole = MaybeUninit::<T>::zeroed();
            // SAFETY: `index` is below `count`, so an item of at least `bytes` begins there; the rest is zero, which
            // `Growable` allows.
            unsafe {
                let from = first.cast::<u8>().add(index * stride);
                ptr::copy_nonoverlapping(from, whole.as_mut_ptr().cast::<u8>(), bytes);
                whole.assume_init()
            }
        };
        Ok((0..count).map(one).collect())
    }
}

impl<'a, T: Growable> ItemsOut<'a, T> {
    /// # Safety
    /// Null, or room for so many items of the caller's, so many bytes apart, valid for `'a`.
    pub(crate) const unsafe fn new(first: *mut T, stride: usize, count: usize) -> Self {
        Self { first: first.cast(), stride, count, of: PhantomData }
    }

    /// Writes the same value everywhere, if there are not more than `most` items.
    pub(crate) fn fill_all(self, value: &T, most: usize) -> Result<(), Code> {
        let Self { first, stride, count, .. } = self;
        checked(first.addr(), first.cast::<T>().is_aligned(), stride, T::FIRST_SIZE, align_of::<T>(), count, most)?;
        (0..count).for_each(|index| self.fill(index, value));
        Ok(())
    }

    /// Writes an item. What is not there is not written; [`fill_all`](Self::fill_all) has found the array good before.
    pub(crate) fn fill(self, index: usize, value: &T) {
        if index < self.count && !self.first.is_null() {
            let size = self.stride.min(size_of::<T>());
            // SAFETY: the caller has `count` items of `stride` bytes, and `index` is one of them.
            unsafe { fill(self.first.add(index * self.stride), value, size) };
        }
    }
}

/// Room of the caller's for a number of answers.
#[derive(Clone, Copy)]
pub(crate) struct Flags<'a>(*mut bool, usize, PhantomData<&'a mut bool>);

impl Flags<'_> {
    /// # Safety
    /// Null, or room for so many answers of the caller's, valid for the lifetime.
    pub(crate) const unsafe fn new(first: *mut bool, count: usize) -> Self {
        Self(first, count, PhantomData)
    }

    /// Writes `false` everywhere, if there are not more than `most`.
    pub(crate) fn clear(self, most: usize) -> Result<(), Code> {
        let Self(first, count, _) = self;
        checked(first.addr(), true, 1, 1, 1, count, most)?;
        if count > 0 {
            // SAFETY: not null and no longer than memory is, so, as `new` demands, room for `count` answers.
            unsafe { first.write_bytes(0, count) };
        }
        Ok(())
    }

    /// Writes answers, as many as there is room for; [`clear`](Self::clear) has found the array good before.
    pub(crate) fn write(self, answers: &[bool]) {
        let Self(first, count, _) = self;
        if !first.is_null() {
            // SAFETY: room for `count` answers, and no more are copied; `answers` is the library's own.
            unsafe { ptr::copy_nonoverlapping(answers.as_ptr(), first, answers.len().min(count)) };
        }
    }
}

fn checked(
    first: usize,
    is_aligned: bool,
    stride: usize,
    least: usize,
    alignment: usize,
    count: usize,
    most: usize,
) -> Result<(), Code> {
    let is_stride = (least..=MAX_ITEM_BYTES).contains(&stride) && stride.is_multiple_of(alignment);
    let is_array = count <= most && (count == 0 || first != 0 && is_aligned && fits(first, stride, count));
    if is_stride && is_array { Ok(()) } else { Err(Code::InvalidArgument) }
}

/// Whether so many items can lie in memory from there on.
fn fits(first: usize, bytes: usize, count: usize) -> bool {
    const MOST: usize = isize::MAX as usize;
    let total = bytes.checked_mul(count).filter(|total| *total <= MOST);
    total.is_some_and(|total| first.checked_add(total).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct that had two fields at first, and has three now.
    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Grown {
        size: u32,
        first: u32,
        later: u64,
    }

    // SAFETY: the size comes first, zero is a value of every field, `repr(C)`.
    unsafe impl Growable for Grown {
        const FIRST_SIZE: usize = 8;
    }

    fn whole(size: u32) -> Grown {
        Grown { size, first: 1, later: u64::MAX }
    }

    fn read(given: &Grown) -> Result<Grown, Code> {
        // SAFETY: the struct is there.
        unsafe { In::new(ptr::from_ref(given)) }.read()
    }

    #[test]
    fn what_an_earlier_program_does_not_pass_is_zero() {
        assert_eq!(read(&whole(8)), Ok(Grown { later: 0, ..whole(8) }));
        assert_eq!(read(&whole(16)), Ok(whole(16)));
        assert_eq!(read(&whole(4_000)), Ok(whole(4_000)), "a later program passes more, which is not read");
        assert_eq!(read(&whole(7)), Err(Code::InvalidArgument));
    }

    #[test]
    fn what_an_earlier_program_has_no_room_for_is_not_written() {
        let fill = |size: u32| {
            let mut room = whole(size);
            // SAFETY: the struct is there.
            let done = unsafe { Out::new(&raw mut room) }.fill(&Grown { size: 99, first: 2, later: 3 });
            (done, room)
        };
        assert_eq!(fill(8), (Ok(()), Grown { first: 2, ..whole(8) }));
        assert_eq!(fill(16), (Ok(()), Grown { size: 16, first: 2, later: 3 }));
        // A size that was not set: what every version has is written, so that a deny is there, and no more.
        assert_eq!(fill(0), (Err(Code::InvalidArgument), Grown { first: 2, ..whole(0) }));
    }

    #[test]
    fn items_lie_as_far_apart_as_the_program_says() {
        let given = [whole(0), Grown { first: 5, ..whole(0) }];
        let first = given.as_ptr();
        // SAFETY: two items of sixteen bytes are there, which are four of eight as well.
        let (two, four) = unsafe { (Items::read_all(first, 16, 2, 9), Items::read_all(first, 8, 4, 9)) };
        assert_eq!(two, Ok(given.to_vec()));
        assert_eq!(four.map(|items| items.iter().map(|item| item.later).collect()), Ok(vec![0; 4]));
        for (stride, count, most) in [(7, 2, 9), (12, 2, 9), (8_192, 2, 9), (16, 2, 1), (16, usize::MAX, usize::MAX)] {
            // SAFETY: refused before anything is read.
            let refused = unsafe { Items::read_all(first, stride, count, most) };
            assert_eq!(refused, Err(Code::InvalidArgument), "{stride} {count} {most}");
        }
    }
}
