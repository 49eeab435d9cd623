//! Portuguese as in Brazil.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const PT_BR: Texts = Texts {
    tag: "pt-BR",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || text("Você saiu", "Sua sessão neste aplicativo terminou. Você pode fechar esta página."),
    not_saved: "Você precisou entrar primeiro, por isso o que você enviou não foi salvo. Verifique e envie novamente.",
    needs: "Esta página exige:",
    reference: "Referência",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Entrar",
        Label::SignInAgain => "Entrar novamente",
        Label::SignOut => "Sair",
        Label::StaySignedIn => "Continuar conectado",
        Label::StartPage => "Ir para a página inicial",
        Label::TryAgain => "Tentar novamente",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => {
            text("É necessário entrar", "Entre, ou envie um token de acesso no cabeçalho Authorization.")
        }
        R::SessionEnded => text("A sessão terminou", "Entre novamente."),
        R::MalformedCredentials => text(
            "As credenciais estão malformadas",
            "Envie exatamente um cabeçalho Authorization: `Bearer`, um espaço e o token.",
        ),
        R::UnsupportedScheme => text(
            "Este esquema de autenticação não é compatível",
            "Envie o token de acesso com o esquema `Bearer`.",
        ),
        R::CredentialNotAccepted => text(
            "Este tipo de credencial não é aceito aqui",
            "Este endereço aceita somente o outro tipo: uma sessão do navegador ou um token de acesso.",
        ),
        R::InsufficientScope => text(
            "Falta uma permissão",
            "Peça a um administrador uma função com essas permissões e entre novamente.",
        ),
        R::MissingRole => text("Falta uma função", "Peça a função a um administrador e entre novamente."),
        R::RolesUnknown => text(
            "Um token de acesso não contém funções",
            "Use uma sessão do navegador, pois tokens de acesso não contêm funções.",
        ),
        R::StaleSignIn => text("É necessário entrar novamente", "Entre novamente para confirmar que é você."),
        R::CheckFailed => text(
            "O aplicativo recusou a solicitação",
            "Pergunte o motivo ao responsável por este aplicativo.",
        ),
        R::CheckNotFound => text("Não encontrado", "Verifique o endereço."),
        R::CheckUnavailable => text(
            "O aplicativo não pode decidir no momento",
            "Tente novamente em instantes. Você continua conectado.",
        ),
        R::SessionDataTooLarge => {
            text("A sessão não comporta mais nada", "Remova algo que foi adicionado antes e tente novamente.")
        }
        R::SubjectNotAccepted => text(
            "Este tipo de solicitante não é aceito aqui",
            "Este endereço é para o outro tipo de solicitante: um usuário ou um programa.",
        ),
        R::ClientNotAccepted => text(
            "Tokens deste aplicativo não são aceitos aqui",
            "Use um token de um aplicativo que esta API aceite.",
        ),
        R::NotAMember => {
            text("Você não é membro desta organização", "Peça um convite a um administrador da organização.")
        }
        R::WrongOrganization => text(
            "O token não é para esta organização",
            "Use um token para a organização indicada na solicitação.",
        ),
        R::NoOrganization => text("Nenhuma organização está selecionada", "Informe uma organização."),
        R::AccessDenied => {
            text("Acesso negado", "O controle de acesso do Logto negou isto. Fale com um administrador.")
        }
        R::NotGranted => text(
            "O acesso não foi concedido ao entrar",
            "Saia e entre novamente para que o acesso seja concedido.",
        ),
        R::CrossSiteRequest => {
            text("A solicitação veio de outro site", "Envie a solicitação a partir de uma página deste site.")
        }
        R::Unavailable => text(
            "O serviço de login não está acessível",
            "Tente novamente em instantes. Você continua conectado.",
        ),
        R::StoreUnavailable => text(
            "As sessões não podem ser lidas no momento",
            "Tente novamente em instantes. Você continua conectado.",
        ),
        R::InvalidClaims => text(
            "O aplicativo não consegue ler os dados do token",
            "Avise o responsável por este aplicativo. Os detalhes estão no log dele.",
        ),
        R::Misconfigured => text(
            "O aplicativo não está configurado para isto",
            "Avise o responsável por este aplicativo. Os detalhes estão no log dele.",
        ),
        R::InvalidToken(reason) => text("O token de acesso não é válido", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => {
            "Renove o token. Se ele for novo, sincronize os relógios dos dois servidores."
        }
        InvalidToken::NotYetValid | InvalidToken::TooOld => "Sincronize os relógios dos dois servidores.",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "Solicite o token ao Logto com `resource`, exatamente como a API está configurada aqui."
        }
        InvalidToken::Inactive => "Solicite um novo token ao Logto.",
        InvalidToken::Issuer => "Use um token do locatário para o qual este aplicativo está configurado.",
        InvalidToken::Type => "Envie um token de acesso, e não um token de identidade ou de logout.",
        _ => "Use o token exatamente como o Logto o emitiu.",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "Seu navegador não manteve a sessão",
            "Você entrou, mas esta solicitação chegou sem um cookie de sessão válido. Permita cookies para este site e abra-o no endereço habitual. Se isso não resolver, fale com o responsável por este site.",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "A sessão terminou",
            "Você entrou, mas a sessão foi encerrada logo em seguida: pelo serviço de login, pelo responsável por este site ou a partir de outro dispositivo. Se isso acontecer de novo, fale com o responsável por este site.",
        ),
        RedirectLoop::StepUpFailed => text(
            "É necessário entrar novamente",
            "Você acabou de entrar, mas o login não é considerado recente. Se isso acontecer de novo, fale com o responsável por este site: o relógio dele pode estar errado.",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "Não foi possível concluir o login";
    const LOGOUT_REFUSED: &str = "O logout foi recusado";
    match refusal {
        E::Head => text("Este endereço não responde a HEAD", "Use GET."),
        E::BadQuery => {
            text("Não é possível ler o endereço", "Um parâmetro está repetido ou não pode ser decodificado.")
        }
        E::NavigateToSignIn => text(
            "O login é uma página",
            "Abra este endereço na janela do navegador em vez de obtê-lo por script.",
        ),
        E::LogtoUnavailable => {
            text("O serviço de login não está acessível", "Nada foi perdido. Tente novamente em instantes.")
        }
        E::StoreUnavailable => text(
            "As sessões não podem ser salvas no momento",
            "Nada foi perdido. Tente novamente em instantes.",
        ),
        E::SealFailed => text("Não foi possível iniciar o login", "Tente novamente."),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "Ele foi iniciado em outro navegador, já foi usado ou expirou. Ou os cookies estão desativados para este site.",
        ),
        E::CallbackWithoutState => {
            text(NOT_COMPLETED, "A resposta do serviço de login não informa a qual login pertence.")
        }
        E::CallbackRepeated => text(NOT_COMPLETED, "A resposta do serviço de login repete um parâmetro."),
        E::CallbackUnreadable => text(NOT_COMPLETED, "Não é possível ler a resposta do serviço de login."),
        E::CallbackIssuer => text(NOT_COMPLETED, "A resposta não vem do serviço de login deste aplicativo."),
        E::CallbackResponseType => text(NOT_COMPLETED, "A resposta do serviço de login é do tipo errado."),
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "A resposta do serviço de login é contraditória."),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "A resposta do serviço de login está vazia."),
        E::SignInDenied => text(
            "Acesso negado",
            "O serviço de login não permite que você use este aplicativo. Peça acesso ao responsável por ele.",
        ),
        E::NotAdmitted => text(
            "Acesso negado",
            "Este aplicativo não permite a sua entrada. Pergunte o motivo aos responsáveis por ele.",
        ),
        E::AdmissionUndecided => {
            text("O login ainda não pode ser concluído", "Nada foi perdido. Tente novamente em instantes.")
        }
        E::SignInCancelled => text("Você não está conectado", "O login foi cancelado."),
        E::InteractionRequired => {
            text(NOT_COMPLETED, "O serviço de login precisa perguntar algo a você primeiro.")
        }
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "Um recurso de API deste aplicativo não está registrado no Logto.")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "Uma permissão deste aplicativo não está habilitada no Logto.")
        }
        E::SignInRefused => text(NOT_COMPLETED, "O Logto recusou o login."),
        E::ClientRefused => {
            text(NOT_COMPLETED, "O Logto recusou este aplicativo. Consulte o log do aplicativo.")
        }
        E::CodeSpent => text(NOT_COMPLETED, "Ele já foi usado ou demorou demais."),
        E::SignInOvertaken => text(NOT_COMPLETED, "Suas sessões foram encerradas durante o login."),
        E::StepUpUnsatisfied => {
            text(NOT_COMPLETED, "Era necessário entrar novamente, mas o Logto não pediu isso a você.")
        }
        E::IdToken => text(NOT_COMPLETED, "A identidade que o serviço de login devolveu não é válida."),
        E::SessionTooLarge => {
            text(NOT_COMPLETED, "Sua sessão é grande demais para cookies. Consulte o log do aplicativo.")
        }
        E::SignInFailed => text(NOT_COMPLETED, "Algo deu errado. Consulte o log do aplicativo."),
        E::SignOutFetched => text(
            "Você quer sair?",
            "Uma página enviou esta solicitação, possivelmente sem o seu clique. Scripts saem com POST.",
        ),
        E::CrossSiteSignOut => text("Você quer sair?", "Outro site pode ter enviado esta solicitação."),
        E::PostOnly => text("Este endereço é para o Logto", "Use POST."),
        E::NotAForm => text(LOGOUT_REFUSED, "Envie o logout como application/x-www-form-urlencoded."),
        E::Incomplete => text(LOGOUT_REFUSED, "O conteúdo não chegou por completo."),
        E::TooLarge => text(LOGOUT_REFUSED, "O conteúdo é grande demais para um token de logout."),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "Envie o parâmetro de formulário logout_token."),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "Envie exatamente um logout_token."),
        E::FormUnreadable => text(LOGOUT_REFUSED, "O formulário não pode ser decodificado."),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "Este token de logout já foi usado."),
        E::LogoutToken(_) => text("O token de logout não é válido", "O código abaixo informa o motivo."),
    }
}
