//! Libraries that a sample says it carries.
use crate::Component;
use cognate_binary::Image;

#[derive(Debug, Default)]
pub(crate) struct Marks;
impl Marks {
    pub(crate) fn find(_image: &Image) -> Self {
        Marks
    }
    pub(crate) fn within(&self, _address: u64, _len: usize) -> impl Iterator<Item = u16> {
        std::iter::empty()
    }
}
pub(crate) fn found_components<'m>(
    _marks: &Marks,
    _functions: impl Iterator<Item = &'m [u16]>,
) -> Vec<Component> {
    Vec::new()
}
