//! The technical documents, and the words and parts they are made of.
