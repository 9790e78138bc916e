// .ps1: a PowerShell script that makes the outbound block rules of Windows Defender Firewall, or brings them up to
// date.
//
// All of it stands in one block, so half a script is a syntax error and does nothing. Numbers and fixed words only.
#include "feed/format.hpp"

namespace sinkfeed {

namespace {

// A rule takes no more than 1,000 addresses.
constexpr std::string_view kUpdate = R"(
  function Update-BlockRules([string]$Prefix, [string[]]$Ports, [string[]]$Addresses) {
    $rules = 0
    for ($first = 0; $first -lt $Addresses.Count; $first += 1000) {
      $last = [Math]::Min($first + 999, $Addresses.Count - 1)
      $rules++
      $rule = @{
        Name = "$Prefix$rules"; Description = $edition; Enabled = "True"; Profile = "Any"
        Direction = "Outbound"; Action = "Block"; Protocol = "TCP"
        RemotePort = $Ports; RemoteAddress = $Addresses[$first..$last]
      }
      if (Get-NetFirewallRule -Name $rule.Name -ErrorAction SilentlyContinue) {
        Set-NetFirewallRule @rule
      } else {
        New-NetFirewallRule @rule -DisplayName $rule.Name -Group "sinkfeed" | Out-Null
      }
    }
    # A block rule without addresses would block them all: what is not needed any more is disabled, never emptied.
    Get-NetFirewallRule -Name "$Prefix*" -ErrorAction SilentlyContinue |
      Where-Object { $_.Name -match '_(\d+)$' -and [int]$Matches[1] -gt $rules } |
      Disable-NetFirewallRule
  }

)";

class PowerShellFormat final : public FeedFormat {
 public:
  const FormatFacts& facts() const override {
    static const FormatFacts facts{
        .extension = "ps1",
        .media_type = "text/plain; charset=us-ascii",
        .products = "Windows Defender Firewall (Windows 8, Windows Server 2012 and later)",
        .subscribe =
            "fetch it over HTTPS in a scheduled task of an administrator's, and run it with powershell.exe "
            "-NoProfile -ExecutionPolicy Bypass -File",
        .says_ports = true,
    };
    return facts;
  }

  std::string render(const FeedContent& content) const override {
    std::string body = "# sinkfeed " + content.name + " edition " + content.edition +
                       ": outbound block rules of Windows Defender Firewall\n#Requires -RunAsAdministrator\n& {\n"
                       "  $ErrorActionPreference = \"Stop\"\n  $edition = \"sinkfeed edition " +
                       content.edition + "\"\n";
    body += kUpdate;
    append_array(body, "addresses", content.networks);
    append_array(body, "shared", content.shared);
    body += "  if ($addresses.Count + $shared.Count -eq 0) { throw \"the list is empty: nothing is changed\" }\n";
    // No feed's name has "_", so none begins as another does.
    append_call(body, "sinkfeed_" + content.name + "_", content.ports, "addresses");
    append_call(body, "sinkfeed_shared_" + content.name + "_", content.shared_ports, "shared");
    return body + "}\n";
  }

 private:
  static void append_array(std::string& body, const std::string& name, const NetworkList& networks) {
    body.reserve(body.size() + networks.size() * 24 + 1024);
    body += "  $" + name + " = @(\n";
    for (const Network& network : networks) {
      body += "    \"";
      append_network(body, network);
      body += "\"\n";
    }
    body += "  )\n";
  }

  static void append_call(std::string& body, const std::string& prefix, const std::vector<std::uint16_t>& ports,
                          const std::string& addresses) {
    body += "  Update-BlockRules -Prefix \"" + prefix + "\" -Ports @(" + ports_text(ports, ", ") + ") -Addresses $" +
            addresses + "\n";
  }
};

}  // namespace

const FeedFormat& ps1_format() {
  static const PowerShellFormat format;
  return format;
}

}  // namespace sinkfeed
