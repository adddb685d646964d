// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a network case (analysis/validation/case.h) packet by packet on ns-3 3.37.
// Usage: ns3_netcase CASE.txt [RUN]; run 0 is the case itself, others are jittered.
//
// ns-3's own defaults but for what the case says and for the least retransmission time-out, which is 200 ms as in Linux (ns-3
// has 1 s). What stays different from Linux: acknowledgements are delayed by up to 200 ms (Linux: 40), no tail-loss probe, no
// decay of the window over idle time, receive windows are the whole buffer from the first packet on.
//
// After a burst of losses ns-3 3.37 sometimes goes on by one packet a time-out for minutes of simulated time. The slowest that
// TCP ought to be on a case of ours is some 900 kbit/s (1 % of loss, 160 ms), so a run in which a connection with bytes to
// carry carries fewer than 50 packets in 10 s, one for each least time-out, is given up: exit status 3.
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/traffic-control-module.h"

#include "tests/peers/played_case.hpp"

#include <memory>
using namespace ns3;

static const uint64_t WITHOUT_END = uint64_t(1) << 60;
static const double STALL_S = 10;
static const uint64_t STALL_BYTES = 50 * 1448;
static uint64_t packets_sent = 0;
static bool stalled = false;
static void on_packet(Ptr<const Packet>) { packets_sent++; }
static double now_s() { return Simulator::Now().GetSeconds(); }

struct Connection;
struct Player {
    PlayedCase& played;
    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<bool> released; // messages whose wait is over
    void release(uint32_t message);
    void received(uint32_t message);
};

// Data flow one way only.
struct Connection {
    Player& player;
    uint32_t number;
    Ptr<Node> source;
    Address destination;
    Ptr<Socket> socket;
    bool standing = false;
    uint32_t next_send = 0, next_receive = 0; // messages of ours
    uint64_t wanted = 0, sent = 0, got = 0, received_end = 0;
    uint64_t seen = 0; // of `got`, when it was last looked at
    bool waited = false; // for bytes, then

    Connection(Player& p, uint32_t n) : player(p), number(n) {}
    const ess_case_connection& plan() const { return player.played.play.connections[number]; }
    const ess_case_message& message(uint32_t index) const {
        return player.played.play.messages[plan().first_message + index];
    }

    void open() {
        socket = Socket::CreateSocket(source, TcpSocketFactory::GetTypeId());
        socket->Bind();
        socket->SetConnectCallback(
            MakeCallback(&Connection::on_connected, this), MakeNullCallback<void, Ptr<Socket>>());
        socket->SetSendCallback(MakeCallback(&Connection::on_room, this));
        socket->Connect(destination);
    }
    void on_connected(Ptr<Socket>) {
        standing = true;
        advance();
    }
    void on_room(Ptr<Socket>, uint32_t) { pump(); }
    void on_accepted(Ptr<Socket> accepted, const Address&) {
        accepted->SetRecvCallback(MakeCallback(&Connection::on_bytes, this));
    }

    void advance() {
        while (standing && next_send < plan().message_count && player.released[plan().first_message + next_send]) {
            player.played.begin(plan().first_message + next_send, now_s());
            wanted += message(next_send).bytes ? message(next_send).bytes : WITHOUT_END;
            next_send++;
        }
        pump();
    }
    void pump() {
        while (standing && sent < wanted) {
            uint64_t piece = std::min<uint64_t>({wanted - sent, 65536, socket->GetTxAvailable()});
            int taken = piece ? socket->Send(Create<Packet>(uint32_t(piece))) : 0;
            if (taken <= 0) return;
            sent += uint64_t(taken);
        }
    }
    // Every STALL_S.
    void look() {
        bool waits = standing && got < wanted;
        if (waits && waited && got < seen + STALL_BYTES) {
            stalled = true;
            Simulator::Stop();
        }
        seen = got;
        waited = waits;
        Simulator::Schedule(Seconds(STALL_S), &Connection::look, this);
    }
    void on_bytes(Ptr<Socket> accepted) {
        while (Ptr<Packet> packet = accepted->Recv()) {
            if (packet->GetSize() == 0) break;
            got += packet->GetSize();
        }
        player.played.log.got_bytes[number] = got;
        while (next_receive < plan().message_count && message(next_receive).bytes &&
               got >= received_end + message(next_receive).bytes) {
            received_end += message(next_receive).bytes;
            player.received(plan().first_message + next_receive++);
        }
    }
};

void Player::release(uint32_t message) {
    released[message] = true;
    connections[played.play.messages[message].connection]->advance();
}

void Player::received(uint32_t message) {
    played.receive(message, now_s());
    for (uint32_t waiting : played.dependents[message])
        Simulator::Schedule(NanoSeconds(played.play.messages[waiting].gap_ns), &Player::release, this, waiting);
    if (played.finished()) Simulator::Stop();
}

struct Network {
    NodeContainer hosts, routers;
    std::vector<Ipv4Address> addresses;
    Ipv4AddressHelper numbers;
    TrafficControlHelper control;
    int64_t streams = 100;

    NetDeviceContainer join(Ptr<Node> a, Ptr<Node> b, uint64_t bits_per_s, int64_t delay_ns, uint64_t queue_a,
        uint64_t queue_b, Ipv4InterfaceContainer* interfaces) {
        PointToPointHelper helper;
        helper.SetDeviceAttribute("DataRate", DataRateValue(DataRate(bits_per_s)));
        helper.SetChannelAttribute("Delay", TimeValue(NanoSeconds(delay_ns)));
        NetDeviceContainer devices = helper.Install(a, b);
        for (uint32_t end = 0; end < 2; end++) {
            auto device = DynamicCast<PointToPointNetDevice>(devices.Get(end));
            auto queue = CreateObject<DropTailQueue<Packet>>();
            queue->SetMaxSize(QueueSize(QueueSizeUnit::BYTES, uint32_t(std::min<uint64_t>(end ? queue_b : queue_a, 4e9))));
            device->SetQueue(queue);
            device->TraceConnectWithoutContext("PhyTxEnd", MakeCallback(&on_packet));
        }
        *interfaces = numbers.Assign(devices);
        numbers.NewNetwork();
        control.Uninstall(devices); // the queue above is the only one
        return devices;
    }
    void lose(NetDeviceContainer devices, uint32_t loss_ppb) {
        for (uint32_t end = 0; loss_ppb > 0 && end < 2; end++) {
            auto model = CreateObject<RateErrorModel>();
            model->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
            model->SetRate(loss_ppb * 1e-9);
            model->AssignStreams(streams++);
            DynamicCast<PointToPointNetDevice>(devices.Get(end))->SetReceiveErrorModel(model);
        }
    }
    void build(const ess_case& network) {
        Ipv4InterfaceContainer interfaces;
        hosts.Create(network.host_count);
        routers.Create(network.site_count);
        InternetStackHelper stack;
        stack.Install(hosts);
        stack.Install(routers);
        numbers.SetBase("10.0.0.0", "255.255.255.252");
        for (uint32_t h = 0; h < network.host_count; h++) {
            join(hosts.Get(h), routers.Get(ess_case_site_of(&network, h)), network.access_bits_per_s,
                network.access_delay_ns, network.up_queue_bytes, network.down_queue_bytes, &interfaces);
            addresses.push_back(interfaces.GetAddress(0));
        }
        for (uint32_t w = 0; w < network.wan_count; w++) {
            const ess_case_wan& wan = network.wans[w];
            lose(join(routers.Get(wan.site[0]), routers.Get(wan.site[1]), wan.rate_bits_per_s, wan.delay_ns,
                     wan.queue_bytes, wan.queue_bytes, &interfaces),
                wan.loss_ppb);
        }
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    }
};

static void set_defaults(const ess_case& network) {
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(network.seed);
    Config::SetDefault("ns3::TcpL4Protocol::SocketType",
        TypeIdValue(TypeId::LookupByName(std::string("ns3::") + ess_case_congestion_name(network.congestion))));
    uint32_t buffer = uint32_t(std::min<uint64_t>(network.buffer_bytes, 1 << 30));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(buffer));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(buffer));
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
}

static void connect(Player& player, Network& network, uint32_t number) {
    auto connection = std::make_unique<Connection>(player, number);
    const ess_case_connection& plan = connection->plan();
    uint16_t port = uint16_t(5001 + number);
    connection->source = network.hosts.Get(plan.from);
    connection->destination = InetSocketAddress(network.addresses[plan.to], port);
    auto listener = Socket::CreateSocket(network.hosts.Get(plan.to), TcpSocketFactory::GetTypeId());
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
    listener->Listen();
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        MakeCallback(&Connection::on_accepted, connection.get()));
    Simulator::Schedule(NanoSeconds(plan.open_ns), &Connection::open, connection.get());
    Simulator::Schedule(NanoSeconds(plan.open_ns), &Connection::look, connection.get());
    player.connections.push_back(std::move(connection));
}

int main(int argc, char** argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: ns3_netcase CASE.txt [RUN]\n");
        return 2;
    }
    PlayedCase played(argv[1], argc > 2 ? argv[2] : nullptr);
    set_defaults(played.network);
    Network network;
    network.build(played.network);
    Player player{played, {}, {}};
    for (uint32_t m = 0; m < played.play.message_count; m++) player.released.push_back(played.play.messages[m].after < 0);
    for (uint32_t c = 0; c < played.play.connection_count; c++) connect(player, network, c);
    Simulator::Stop(NanoSeconds(played.network.stop_ns));
    Simulator::Run();
    if (stalled) {
        fprintf(stderr, "ns3_netcase: a connection carried next to nothing for %g s: discarded\n", STALL_S);
        return 3;
    }
    played.print("ns-3", "3.37", now_s(), double(packets_sent));
    Simulator::Destroy();
    return 0;
}
