// The connections of this network namespace, with what the kernel counts for each.
#pragma once

#include "system/socket_row.hpp"

#include <optional>
#include <span>

namespace tws {

// Those with one of the ports on either side; each row has its numbers. Stops after about `most`
// of them: the same ones each time, as far as they still exist. Returns whether these were all;
// nothing where they can't be read, as on systems other than Linux.
std::optional<bool> read_connections(std::span<const std::uint16_t> ports, std::size_t most,
                                     const RowSink& on_row);

}  // namespace tws
