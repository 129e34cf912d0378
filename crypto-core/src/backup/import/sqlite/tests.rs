use super::*;

fn named(sql: &str) -> Vec<(String, bool)> {
    columns(sql).into_iter().map(|column| (column.name, column.is_row_number)).collect()
}

#[test]
fn columns_are_found_whatever_is_around_them() {
    let sql = "CREATE TABLE \"t\" (`_id` INTEGER PRIMARY KEY AUTOINCREMENT, \"a, b\" varchar(32,1) DEFAULT ',', \
               [c] TEXT, Plain, n INT PRIMARY KEY, CONSTRAINT u UNIQUE (a, b), PRIMARY KEY(n), CHECK(n > 0))";
    let expected = [("_id", true), ("a, b", false), ("c", false), ("plain", false), ("n", false)];
    assert_eq!(named(sql), expected.map(|(name, is)| (name.to_owned(), is)));
    assert_eq!(named("CREATE TABLE t"), []);
    assert_eq!(named("CREATE TABLE t ('"), []);
}

#[test]
fn numbers_of_all_widths_are_read() {
    let mut reader = Reader(&[0x81, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!((reader.varint(), reader.varint(), reader.varint()), (Some(128), Some(u64::MAX), None));
}
