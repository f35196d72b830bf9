// The tables of what the kernel saw between the two ends, and behind the server. See
// json_fields.hpp.
#pragma once

#include "report/machine_fields.hpp"
#include "tws/measure/way.hpp"

namespace tws {

template <>
inline constexpr std::string_view def_of<WaySide> = "waySide";
template <>
inline constexpr auto fields_of<WaySide> = table(
    field("sockets", "That were seen, each once", &WaySide::sockets),
    field("looks", "At one socket each", &WaySide::looks),
    field("looksSending", "Of looks: data was to be sent, or not yet acknowledged",
          &WaySide::looks_sending),
    field("looksAppLimited",
          "Of looksSending: the program wrote too little to fill the way (delivery_rate)",
          &WaySide::looks_app_limited),
    field(
        "looksOverdue",
        "Of looksSending: no acknowledgement for three quarters of the time after which a segment "
        "is sent again",
        &WaySide::looks_overdue),
    field("minRtt", "Of all sockets; delayed acknowledgements make others longer",
          &WaySide::min_rtt),
    field("rtt", "Half of the looks that found new bytes acknowledged showed this at most",
          &WaySide::rtt),
    field("segmentsSent", "", &WaySide::segments_sent),
    field("segmentsResent", "SYNs count, too", &WaySide::segments_resent),
    field("segmentsOutOfOrder", "Received so: some before them were lost, or late",
          &WaySide::segments_out_of_order),
    field("bytesSent", "And acknowledged", &WaySide::bytes_sent),
    field("bytesReceived", "", &WaySide::bytes_received),
    field("bytesResent", "", &WaySide::bytes_resent),
    field("sendingSeconds", "That the sockets had data to send, all together", &WaySide::sending),
    field("windowLimitedSeconds", "Of these: the receiver's window was full",
          &WaySide::window_limited),
    field("bufferLimitedSeconds", "Of these: the send buffer was too small",
          &WaySide::buffer_limited),
    field(
        "deliveryRate",
        "Bytes per second of all sockets together for which the program wrote enough, in the best "
        "look",
        &WaySide::delivery_rate),
    field("sendMss", "The largest", &WaySide::send_mss),
    field("receiveMss", "", &WaySide::receive_mss));

template <>
inline constexpr auto fields_of<InterfaceUse> =
    table(field<Bytes>("name", "", &InterfaceUse::name),
          field("bytesReceived", "", &InterfaceUse::bytes_received),
          field("bytesSent", "", &InterfaceUse::bytes_sent),
          field("errors", "", &InterfaceUse::errors), field("dropped", "", &InterfaceUse::dropped));

template <>
inline constexpr auto fields_of<Way> = table(
    field("client", "", &Way::client),
    field("server", "All 0 where the server's sockets are not in this network namespace",
          &Way::server),
    field("looks", "At all sockets, ten times a second at most", &Way::looks),
    field("all", "Each look saw all sockets; else a part of them", &Way::all),
    field("seconds", "What that cost", &Way::seconds),
    field("interface", "Of the route to the first target; over the run, all programs together",
          &Way::interface));

template <>
inline constexpr auto fields_of<Upstream> =
    table(field("address", "", &Upstream::address),
          field("ports", "Of one local address in use towards it at the same time, at most",
                &Upstream::ports),
          field("timeWait", "Of these, at that moment", &Upstream::time_wait),
          field("synSent", "Of these, at that moment", &Upstream::syn_sent));

template <>
inline constexpr auto fields_of<Upstreams> = table(
    field("all", "Those with most ports first", &Upstreams::all),
    field("usablePorts", "Of the network namespace that the server is in",
          &Upstreams::usable_ports),
    field<PortEnd<&PortRange::low>>("portLow", "", &Upstreams::range),
    field<PortEnd<&PortRange::high>>("portHigh", "", &Upstreams::range),
    field("reuse", "Which connections may take a port from TIME_WAIT", &Upstreams::reuse),
    field("looks", "", &Upstreams::looks), field("seconds", "What that cost", &Upstreams::seconds));

}  // namespace tws
