// .isa.vbs: a script for ISA Server 2006 and Forefront TMG that makes the computer set, the protocols and the deny
// rule, or brings them up to date.
//
// What it is to do stands in its last lines, so half a script does nothing. Numbers and fixed words only.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

// The values are those of Microsoft's enumerations, which scripts have no names for.
constexpr std::string_view kProcedures = R"(Option Explicit
Const fpcOutbound = 1
Const fpcPolicyRuleActionDeny = 1
Const fpcInclude = 0
Const fpcSpecifiedProtocols = 1
Const ChangesPerSave = 500
Dim server, addresses, sharedAddresses
Set addresses = CreateObject("Scripting.Dictionary")
Set sharedAddresses = CreateObject("Scripting.Dictionary")

Sub List(members, address)
  members.Add "sf-" & Replace(address, ".", "-"), address
End Sub

Function Found(collection, name)
  Set Found = Nothing
  On Error Resume Next
  Set Found = collection.Item(name)
End Function

' Members that somebody added under another name stay.
Sub UpdateComputerSet(name, members)
  Dim sets, computers, computer, member, kept, gone, changes
  Set sets = server.RuleElements.ComputerSets
  If Found(sets, name) Is Nothing Then sets.Add name
  Set computers = sets.Item(name).Computers
  Set kept = CreateObject("Scripting.Dictionary")
  Set gone = CreateObject("Scripting.Dictionary")
  For Each computer In computers
    If members.Exists(computer.Name) Then
      kept.Add computer.Name, True
      If computer.IPAddress <> members(computer.Name) Then computer.IPAddress = members(computer.Name)
    ElseIf Left(computer.Name, 3) = "sf-" Then
      gone.Add computer.Name, True
    End If
  Next
  changes = 0
  For Each member In members.Keys
    If Not kept.Exists(member) Then
      computers.Add member, members(member)
      changes = changes + 1
      If changes Mod ChangesPerSave = 0 Then sets.Save
    End If
  Next
  For Each member In gone.Keys
    computers.Remove member
    changes = changes + 1
    If changes Mod ChangesPerSave = 0 Then sets.Save
  Next
  sets.Save
End Sub

' A protocol that is there already is taken as it is.
Function ProtocolOf(port)
  Dim definitions, definition, name
  Select Case port
    Case 80
      name = "HTTP"
    Case 443
      name = "HTTPS"
    Case 5222
      name = "Jabber"
    Case 5223
      name = "Jabber-SSL"
    Case Else
      name = "sinkfeed TCP " & port
  End Select
  Set definitions = server.RuleElements.ProtocolDefinitions
  If Found(definitions, name) Is Nothing Then
    Set definition = definitions.Add(name)
    definition.PrimaryConnections.AddTCP fpcOutbound, port, port
    definitions.Save
  End If
  ProtocolOf = name
End Function

' A new rule stands first; where it was moved to it stays.
Sub UpdateDenyRule(name, ports)
  Dim rules, rule, port, protocol
  Set rules = server.ArrayPolicy.PolicyRules
  Set rule = Found(rules, name)
  If rule Is Nothing Then
    Set rule = rules.AddAccessRule(name)
    rule.Action = fpcPolicyRuleActionDeny
    rule.SourceSelectionIPs.ComputerSets.Add "Anywhere", fpcInclude
    rule.AccessProperties.DestinationSelectionIPs.ComputerSets.Add name, fpcInclude
    rule.AccessProperties.UserSets.Add "All Users", fpcInclude
    rule.AccessProperties.ProtocolSelectionMethod = fpcSpecifiedProtocols
    rule.Enabled = True
  End If
  For Each port In ports
    protocol = ProtocolOf(port)
    If Found(rule.AccessProperties.SpecifiedProtocols, protocol) Is Nothing Then
      rule.AccessProperties.SpecifiedProtocols.Add protocol, fpcInclude
    End If
  Next
  rules.Save
End Sub

' A new rule needs its computer set; a set that was never made stays so while there is nothing for it.
Sub Deny(name, members, ports)
  Set server = CreateObject("FPC.Root").GetContainingArray()
  If members.Count = 0 And Found(server.RuleElements.ComputerSets, name) Is Nothing Then Exit Sub
  UpdateComputerSet name, members
  If members.Count > 0 Then UpdateDenyRule name, ports
End Sub

)";

class IsaScriptFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "isa.vbs",
        .media_type = "text/plain; charset=us-ascii",
        .products = "ISA Server 2006, Forefront TMG",
        .subscribe =
            "fetch it over HTTPS on the server in a scheduled task of an array administrator's, and run it with "
            "cscript //nologo",
        .family = 4,
        .reads_prefixes = false,
        .says_ports = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "' sinkfeed " + content.name + " edition " + content.edition +
                       ": the computer set, the protocols and the deny rule of ISA Server or TMG\n";
    body.reserve(content.networks.size() * 40 + 8192);
    body += kProcedures;
    append_members(body, "addresses", content.networks);
    append_members(body, "sharedAddresses", content.shared);
    body +=
        "\nIf addresses.Count + sharedAddresses.Count = 0 Then\n"
        "  WScript.Echo \"the list is empty: nothing is changed\"\n  WScript.Quit 1\nEnd If\n";
    append_call(body, "sinkfeed " + content.name, "addresses", content.ports);
    append_call(body, "sinkfeed shared " + content.name, "sharedAddresses", content.shared_ports);
    return with_windows_lines(body);
  }

 private:
  static void append_members(std::string& body, const std::string& list, const NetworkList& networks) {
    for (const Network& network : networks) {
      body += "List " + list + ", \"";
      append_address(body, network.address());
      body += "\"\n";
    }
  }

  static void append_call(std::string& body, const std::string& name, const std::string& list,
                          const std::vector<std::uint16_t>& ports) {
    body += "Deny \"" + name + "\", " + list + ", Array(" + ports_text(ports, ", ") + ")\n";
  }

  static std::string with_windows_lines(const std::string& body) {
    std::string lines;
    lines.reserve(body.size() + body.size() / 16);
    for (const char c : body) {
      if (c == '\n') lines += '\r';
      lines += c;
    }
    return lines;
  }
};

}  // namespace

const FeedFormat& isa_vbs_format() {
  static const IsaScriptFormat format;
  return format;
}

}  // namespace sinkfeed
