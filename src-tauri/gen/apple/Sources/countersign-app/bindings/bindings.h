#pragma once

// What the Rust library gives: its one entry.
namespace ffi {
extern "C" {
void start_app();
}
}
